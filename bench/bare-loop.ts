import type { JSONObject, LanguageModelV4Prompt, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { createAnthropic } from "@ai-sdk/anthropic";
import { type BareScene, runBareProcess, toolNames } from "./bare-process.ts";

/* What the same model calls cost without profclaw: a loop over the provider's own doStream. */

const path = { type: "object" as const, properties: { path: { type: "string" as const } } };
const tools = toolNames.map((name) => ({
  type: "function" as const,
  name,
  description: "A tool.",
  inputSchema: path,
}));

await runBareProcess(({ url, readAnswer }) => {
  const provider = createAnthropic({ baseURL: `${url}/v1`, apiKey: "bench" });
  const model = provider("claude-sonnet-4-6");
  return (task) => runLoop(model, task, readAnswer);
});

async function runLoop(
  model: ReturnType<ReturnType<typeof createAnthropic>>,
  task: string,
  readAnswer: BareScene["readAnswer"],
): Promise<number> {
  const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: task }] }];
  for (let turn = 1; ; turn += 1) {
    const { stream } = await model.doStream({ prompt, tools, maxOutputTokens: 8_192 });
    const calls = await readCalls(stream, prompt);
    if (calls.length === 0) return turn;
    const text = await readAnswer();
    prompt.push({
      role: "tool",
      content: calls.map(({ toolCallId, toolName }) => ({
        type: "tool-result" as const,
        toolCallId,
        toolName,
        output: { type: "text" as const, value: text },
      })),
    });
  }
}

type ToolCall = Extract<LanguageModelV4StreamPart, { type: "tool-call" }>;

async function readCalls(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  prompt: LanguageModelV4Prompt,
): Promise<ToolCall[]> {
  const calls: ToolCall[] = [];
  let thinking = "";
  const signature: JSONObject = {};
  for await (const part of stream) {
    if (part.type === "tool-call") calls.push(part);
    if (part.type === "reasoning-delta") thinking += part.delta;
    if (part.type.startsWith("reasoning") && "providerMetadata" in part) {
      Object.assign(signature, part.providerMetadata?.["anthropic"]);
    }
  }
  prompt.push({
    role: "assistant",
    content: [
      { type: "reasoning", text: thinking, providerOptions: { anthropic: signature } },
      ...calls.map(({ toolCallId, toolName, input }) => ({
        type: "tool-call" as const,
        toolCallId,
        toolName,
        input: JSON.parse(input) as unknown,
      })),
    ],
  });
  return calls;
}
