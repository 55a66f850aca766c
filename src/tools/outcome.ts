import type { ToolOutcome } from "../core/tool-context.ts";

/** What the model reads when a call worked. */
export function done(text: string): ToolOutcome {
  return { kind: "result", text, isError: false };
}

/** What the model reads when it did not: what is wrong, and what to do next. */
export function failed(text: string): ToolOutcome {
  return { kind: "result", text, isError: true };
}
