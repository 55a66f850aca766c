import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { done } from "./outcome.ts";
import { defineTool, type DecidedContext } from "./tool.ts";

const child = z.object({
  task: z.string().min(1).max(200_000).describe("All it needs to know: it sees nothing of this session"),
  name: z.string().min(1).max(100).optional(),
  provider: z.string().min(1).optional().describe("Default: yours"),
  model: z.string().min(1).optional().describe("Default: yours"),
  role: z.string().min(1).optional().describe("A stance: skeptic, critic, explorer, summarizer, …"),
  tools: z.array(z.string().min(1)).max(50).optional().describe("Default: all that your level allows"),
});

const input = z.object({
  sessions: z.array(child).min(1).max(16),
  wait: z.boolean().optional().describe("true (default): get all results at once; false: as messages later"),
});

type Input = z.infer<typeof input>;

/** Starts child sessions; with `wait` the call stays open until all of them have ended. */
export const sessionsSpawnTool = defineTool<Input>({
  name: "sessions_spawn",
  description: "Start child sessions that work in parallel, each on its own task.",
  input,
  effect: "keyed",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  run: spawnSessions,
});

async function spawnSessions(
  { sessions, wait = true }: Input,
  context: DecidedContext,
): Promise<ToolOutcome> {
  context.report(`spawn ${sessions.length}`);
  const sessionIds = await context.sessions.spawn(context.toolCallId, sessions);
  if (wait) return { kind: "pending", sessionIds };
  const started = sessionIds.map((id, index) => `${id} ${toLabel(sessions[index])}`);
  return done([`Started ${sessionIds.length}; each result comes as a message:`, ...started].join("\n"));
}

function toLabel(request: Input["sessions"][number] | undefined): string {
  const [firstLine = ""] = (request?.name ?? request?.task ?? "").split("\n", 1);
  return firstLine.slice(0, 80);
}
