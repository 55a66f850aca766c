import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "../../core/json.ts";
import type { Conversation, ToolReply } from "./conversation.ts";

export interface PlannedCall {
  tool: string;
  input: Record<string, JsonValue>;
}

/** What the simulated model says in one turn. Without calls it is the session's result. */
export interface Answer {
  text: string;
  calls: PlannedCall[];
}

/** One thing to find out: what is said meanwhile, and the calls that find it out. */
export interface Step {
  text: string;
  /** From what is known so far; the same calls again once they are answered. */
  toCalls(replies: readonly ToolReply[]): PlannedCall[];
}

/** How one task is done: step by step, then a report of nothing but what the tools said. */
export interface Plan {
  steps: readonly Step[];
  toReport(replies: readonly ToolReply[]): string;
}

/**
 * The next answer: the first step that still has something to ask, else the report. It depends on
 * the request alone, so the same request gets the same answer, also after a crash.
 */
export function followPlan(plan: Plan, { tools, replies }: Conversation): Answer {
  for (const step of plan.steps) {
    const calls = step
      .toCalls(replies)
      .filter((call) => tools.includes(call.tool) && !isAnswered(call, replies));
    if (calls.length > 0) return { text: step.text, calls };
  }
  const signature = `(Written by the demo's simulated model, from ${replies.length} tool results.)`;
  return { text: `${plan.toReport(replies)}\n\n${signature}`, calls: [] };
}

function isAnswered(call: PlannedCall, replies: readonly ToolReply[]): boolean {
  return replies.some((reply) => reply.tool === call.tool && isDeepStrictEqual(reply.input, call.input));
}
