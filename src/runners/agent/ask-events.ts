import type { JournalEvent } from "../../core/journal.ts";
import type { ToolOutcome } from "../../core/tool-context.ts";
import type { OpenCall } from "../../core/open-call.ts";
import { toUnaskedText } from "../../tools/refusal.ts";
import type { Asking } from "../../tools/run-tool.ts";
import type { AgentRun } from "./agent-run.ts";

/** A call that needs leave. */
export interface AskingCall {
  kind: "asks";
  open: OpenCall;
  asking: Asking;
}

// The whole of a longer call stands in the journal's turn, and its hash is over the whole.
const longestText = 32 * 1024;

/** The asks of one step; they are over together. */
export function toAskEvents(run: AgentRun, calls: readonly AskingCall[]): JournalEvent[] {
  const waitMs = run.parts.approvalMs;
  const untilMs = run.parts.clock.now() + waitMs;
  return calls.map(({ open, asking }, index) => ({
    type: "approval-ask",
    number: run.transcript.asks + index + 1,
    toolCallId: open.call.toolCallId,
    tool: open.call.toolName,
    ...asking,
    text: asking.text.slice(0, longestText),
    sizeBytes: Buffer.byteLength(asking.text),
    untilMs,
    waitMs,
  }));
}

/** What the model is told where nobody may be asked. */
export function toUnasked({ asking }: AskingCall): ToolOutcome {
  return { kind: "result", text: toUnaskedText(asking.reason), isError: true };
}
