import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname } from "node:path";
import type { JsonValue } from "../../../src/core/json.ts";
import type { Message } from "../../../src/core/message.ts";
import type { ChildRequest, ChildSummary, ToolContext, ToolOutcome } from "../../../src/core/tool-context.ts";
import { parseLevel } from "../../../src/policy/levels.ts";
import { createToolRegistry } from "../../../src/tools/registry.ts";
import { openToolCall, type ToolRun } from "../../../src/tools/run-tool.ts";
import { noRules } from "../../../src/policy/rule.ts";

export const registry = createToolRegistry();

/** What the engine's side of a session was asked for. */
export interface Engine {
  spawned: { key: string; children: ChildRequest[] }[];
  sent: { key: string; to: string; content: string }[];
  children: ChildSummary[];
  artifacts: string[];
  mail: Message[];
}

export interface Workspace {
  root: string;
  context: ToolContext;
  engine: Engine;
}

/** A fresh folder with these files, and a session in it that has every tool. */
export async function createWorkspace(
  files: Record<string, string> = {},
  { level = "full", ...change }: Partial<ToolContext> & { level?: string } = {},
): Promise<Workspace> {
  const root = await realpath(await mkdtemp(`${tmpdir()}/tools-`));
  await writeFiles(root, files);
  const engine: Engine = { spawned: [], sent: [], children: [], artifacts: [], mail: [] };
  const context: ToolContext = {
    sessionId: "11111111-1111-4111-8111-111111111111",
    toolCallId: "call-1",
    identify: async () => ({}),
    cwd: root,
    path: process.env["PATH"] ?? "/usr/bin:/bin",
    grants: parseLevel(level).grants,
    tools: registry.list().map((tool) => tool.name),
    toolsNamed: false,
    protectedPaths: [`${root}/protected`],
    signal: new AbortController().signal,
    traceParent: null,
    sessions: {
      async spawn(key, children) {
        engine.spawned.push({ key, children });
        return children.map((_, index) => `child-${index + 1}`);
      },
      status: async () => engine.children,
      search: async () => [],
      findings: {
        distill: async (key) => `f-${key}`,
        vote: async (id) => id,
        consolidate: async () => "1. [open, no votes] a finding",
      },
      mail: {
        async whisper(key, to, content) {
          engine.sent.push({ key, to, content });
          return { to, woken: false };
        },
        broadcast: async () => ({ to: ["sibling-1"], full: [] }),
        ask: async (key, to, { timeoutMs }) => ({ qid: `${key} to ${to}`, untilMs: timeoutMs }),
        respond: async () => ({ to: "asker", isLate: true }),
        unread: async (limit) => engine.mail.slice(0, limit),
        answerTo: async () => undefined,
        neighbours: async () => [],
        now: () => 1_000,
      },
    },
    async putArtifact(name, text) {
      engine.artifacts.push(text);
      return { id: `artifact-${engine.artifacts.length}`, name, sizeBytes: Buffer.byteLength(text) };
    },
    report: () => undefined,
    ...change,
  };
  return { root, context, engine };
}

export async function writeFiles(root: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(`${root}/${name}`), { recursive: true });
    await writeFile(`${root}/${name}`, content);
  }
}

export function toRun(context: ToolContext, toolName: string, input: JsonValue): ToolRun {
  return {
    registry,
    call: { type: "tool-call", toolCallId: context.toolCallId, toolName, input },
    context,
    rules: { homes: [homedir()], written: noRules, hosts: [], standing: [] },
  };
}

/** Through the gate and, if it opens, to the end. */
export async function callTool(
  context: ToolContext,
  toolName: string,
  input: JsonValue,
): Promise<ToolOutcome> {
  const opened = await openToolCall(toRun(context, toolName, input));
  if (opened.kind === "asks") return { kind: "result", text: `asks: ${opened.asking.reason}`, isError: true };
  return opened.kind === "refused" ? opened.outcome : opened.run();
}

/** The text of a call that must bring a result. */
export async function textOf(context: ToolContext, toolName: string, input: JsonValue): Promise<string> {
  const outcome = await callTool(context, toolName, input);
  if (outcome.kind !== "result") throw new Error(`${toolName} is ${outcome.kind}`);
  return outcome.text;
}
