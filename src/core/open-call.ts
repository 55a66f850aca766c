import type { ApprovalAnswer, ApprovalAsk } from "./approval.ts";
import type { CallWait } from "./call-wait.ts";
import type { ToolCallPart } from "./content.ts";
import type { SessionId } from "./id.ts";
import type { JournalEvent } from "./journal.ts";
import type { JsonValue } from "./json.ts";

/** A call of the last turn without a result yet. */
export interface OpenCall {
  call: ToolCallPart;
  /** Set once an intent was written; after a crash the effect may have happened. */
  intent: { prepared: JsonValue } | null;
  /** Set once the call has made sessions that it waits for. */
  children: SessionId[] | null;
  /** Set once the call waits for an answer, for the ends of sessions, or for mail. */
  wait: CallWait | null;
  /** Set once the call has asked for leave. */
  approval: { ask: ApprovalAsk; answer: ApprovalAnswer | null } | null;
}

/** A call as its turn leaves it: nothing has been done yet. */
export function toOpenCall(call: ToolCallPart): OpenCall {
  return { call, intent: null, children: null, wait: null, approval: null };
}

export function changeOpenCall(
  calls: readonly OpenCall[],
  toolCallId: string,
  change: Partial<OpenCall>,
): void {
  const open = calls.find(({ call }) => call.toolCallId === toolCallId);
  if (open !== undefined) Object.assign(open, change);
}

/** The call waits for the sessions that it has made, or for what it says. */
export function suspendOpenCall(
  calls: readonly OpenCall[],
  { toolCallId, sessionIds, wait }: Extract<JournalEvent, { type: "tool-pending" }>,
): void {
  changeOpenCall(calls, toolCallId, { children: sessionIds, wait: wait ?? null });
}

export function answerOpenCall(
  calls: readonly OpenCall[],
  { number, verdict, by, text }: Extract<JournalEvent, { type: "approval-answer" }>,
): void {
  const open = calls.find(({ approval }) => approval?.ask.number === number);
  if (open?.approval) open.approval = { ...open.approval, answer: { verdict, by, text } };
}
