import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createAnthropic } from "@ai-sdk/anthropic";
import type { JSONObject, LanguageModelV4Prompt, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { readCpuMs, readMemoryMb } from "./process-figures.ts";
import { toTask } from "./task.ts";

/*
 * What the same model calls cost without profclaw: a loop over the provider's own doStream that
 * reads the file the model asks for. Started as a process of its own; prints one line of JSON.
 */

const [url = "", workspace = "", sessions = "0", taskLength = "0"] = process.argv.slice(2);
const provider = createAnthropic({ baseURL: `${url}/v1`, apiKey: "bench" });
const model = provider("claude-sonnet-4-6");
const path = { type: "object" as const, properties: { path: { type: "string" as const } } };
const tools = ["read_file", "grep", "glob"].map((name) => ({
  type: "function" as const,
  name,
  description: "A tool.",
  inputSchema: path,
}));

const cpuBefore = readCpuMs(process.pid);
const startedAt = performance.now();
const turns = await Promise.all(Array.from({ length: Number(sessions) }, (_, index) => runLoop(index)));
process.stdout.write(
  `${JSON.stringify({
    wallMs: performance.now() - startedAt,
    cpuMs: readCpuMs(process.pid) - cpuBefore,
    peakMb: readMemoryMb(process.pid).peak,
    turns: turns.reduce((sum, count) => sum + count, 0),
  })}\n`,
);

async function runLoop(index: number): Promise<number> {
  const prompt: LanguageModelV4Prompt = [
    { role: "user", content: [{ type: "text", text: toTask(index, Number(taskLength)) }] },
  ];
  for (let turn = 1; ; turn += 1) {
    const { stream } = await model.doStream({ prompt, tools, maxOutputTokens: 8_192 });
    const calls = await readCalls(stream, prompt);
    if (calls.length === 0) return turn;
    const text = await readFile(join(workspace, "package.json"), "utf8");
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
