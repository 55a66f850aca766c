import { createAnthropic } from "@ai-sdk/anthropic";
import type {
  LanguageModelV4Content,
  LanguageModelV4Prompt,
  LanguageModelV4ToolCall,
} from "@ai-sdk/provider";
import type { JsonValue } from "../../../src/core/json.ts";
import type { FindingsPort, MailPort, ToolContext } from "../../../src/core/tool-context.ts";
import type { DemoTask } from "../../../src/cli/demo/demo-tasks.ts";
import type { SimulatedModel } from "../../../src/cli/demo/simulated-model.ts";
import { parseLevel } from "../../../src/policy/levels.ts";
import { createToolRegistry, toToolDeclaration } from "../../../src/tools/registry.ts";
import { openToolCall } from "../../../src/tools/run-tool.ts";

export interface HandRun {
  report: string;
  turns: number;
  calls: { tool: string; isError: boolean }[];
  usage: { inputTokens: number; outputTokens: number };
}

const registry = createToolRegistry();
const mostTurns = 10;

/** A session without daemon or engine: the real provider library and the real tools in a bare loop. */
export async function runByHand(model: SimulatedModel, task: DemoTask, cwd: string): Promise<HandRun> {
  const anthropic = createAnthropic({ baseURL: `${model.url}/v1`, apiKey: "simulated" })("claude-sonnet-4-6");
  const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: task.task }] }];
  const run: HandRun = { report: "", turns: 0, calls: [], usage: { inputTokens: 0, outputTokens: 0 } };
  while (run.turns < mostTurns) {
    run.turns += 1;
    const tools = task.tools.map((name) => ({
      type: "function" as const,
      ...toToolDeclaration(registry.get(name)),
    }));
    const answer = await readAnswer(anthropic.doStream({ prompt, tools }), run);
    prompt.push({ role: "assistant", content: answer as never });
    const calls = answer.filter((part) => part.type === "tool-call");
    if (calls.length === 0) return run;
    prompt.push({
      role: "tool",
      content: await Promise.all(calls.map((call) => callTool(run, { call, task, cwd }))),
    });
  }
  throw new Error(`no end after ${mostTurns} turns`);
}

type Stream = ReturnType<ReturnType<ReturnType<typeof createAnthropic>>["doStream"]>;

async function readAnswer(opened: Stream, run: HandRun): Promise<LanguageModelV4Content[]> {
  const content: LanguageModelV4Content[] = [];
  let text = "";
  for await (const part of (await opened).stream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") text += part.delta;
    if (part.type === "tool-call") content.push({ ...part, input: JSON.parse(part.input) as never });
    if (part.type === "finish") {
      run.usage.inputTokens += part.usage.inputTokens.total ?? 0;
      run.usage.outputTokens += part.usage.outputTokens.total ?? 0;
    }
  }
  run.report = text;
  return [{ type: "text", text }, ...content];
}

async function callTool(
  run: HandRun,
  { call, task, cwd }: { call: LanguageModelV4ToolCall; task: DemoTask; cwd: string },
) {
  const part = { ...call, input: call.input as unknown as JsonValue };
  const opened = await openToolCall({ registry, call: part, context: toContext(task, call, cwd) });
  if (opened.kind === "asks") throw new Error("the demo needs nobody's leave");
  const outcome = opened.kind === "ready" ? await opened.run() : opened.outcome;
  if (outcome.kind !== "result") throw new Error("the demo's tools answer at once");
  run.calls.push({ tool: call.toolName, isError: outcome.isError });
  const type = outcome.isError ? ("error-text" as const) : ("text" as const);
  const { toolCallId, toolName } = call;
  return { type: "tool-result" as const, toolCallId, toolName, output: { type, value: outcome.text } };
}

const nobody = () => Promise.reject(new Error("the demo spawns nothing"));

const mail: MailPort = {
  whisper: nobody,
  broadcast: nobody,
  ask: nobody,
  respond: nobody,
  unread: nobody,
  answerTo: nobody,
  neighbours: nobody,
  now: () => 0,
};

const findings: FindingsPort = { distill: nobody, vote: nobody, consolidate: nobody };

function toContext(task: DemoTask, call: LanguageModelV4ToolCall, cwd: string): ToolContext {
  return {
    sessionId: "00000000-0000-4000-8000-000000000001",
    toolCallId: call.toolCallId,
    cwd,
    path: process.env["PATH"] ?? "",
    grants: parseLevel("auto").grants,
    tools: task.tools,
    toolsNamed: true,
    protectedPaths: [],
    identify: async () => ({}),
    signal: new AbortController().signal,
    traceParent: null,
    sessions: { spawn: nobody, status: nobody, search: nobody, mail, findings },
    putArtifact: nobody,
    report: () => undefined,
  };
}
