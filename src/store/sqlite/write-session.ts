import type { ModelCall } from "../costs.ts";
import type { SessionPatch, SessionWrite, WriteOutcome } from "../store.ts";
import { indexAsks } from "./approval-rows.ts";
import type { Scope } from "./connection.ts";
import { appendEvents } from "./journal-rows.ts";
import { bookCalls, sumCalls } from "./ledger-rows.ts";
import { ackMail, hasUnread, postMessage } from "./message-rows.ts";
import { readSessionHead } from "./session-rows.ts";
import { spendAdditions, toSpendValues } from "./usage-columns.ts";

/** Journal, row, ledger and mail of one session, together. */
export function writeSession(scope: Scope, write: SessionWrite): WriteOutcome {
  const head = readSessionHead(scope, write.sessionId);
  if (head === undefined) return { kind: "unknown" };
  if (head.isEnded) return { kind: "ended" };
  if (write.onlyWithoutMail && hasUnread(scope, write.sessionId)) return { kind: "mail" };

  const end = { session: head.number, lastSeq: head.last_seq, at: write.at };
  const lastSeq = appendEvents(scope, end, write.events);
  indexAsks(scope, { session: head.number, at: write.at }, write.events);
  bookCalls(scope, { sessionId: write.sessionId, batchId: head.batch_id, at: write.at }, write.calls);
  const snapshotAt = write.events.findLastIndex(({ type }) => type === "context-compact");
  if (snapshotAt !== -1) noteSnapshot(scope, head.number, head.last_seq + 1 + snapshotAt);
  updateSession(scope, head.number, { lastSeq, calls: write.calls, patch: write.patch });
  for (const message of write.messages) postMessage(scope, message);
  ackMail(scope, { to: write.sessionId, at: write.at, ids: write.ackMessageIds });
  return { kind: "written", lastSeq };
}

function noteSnapshot(scope: Scope, number: number, seq: number): void {
  scope.statement("UPDATE sessions SET snapshot_seq = ? WHERE number = ?").run(seq, number);
}

interface SessionChange {
  lastSeq: number;
  calls: readonly ModelCall[];
  patch: SessionPatch;
}

function updateSession(scope: Scope, number: number, change: SessionChange): void {
  const spent = sumCalls(change.calls);
  const patched = toPatchedColumns(change.patch);
  const settings = [
    "last_seq = ?",
    "unpriced_calls = unpriced_calls + ?",
    spendAdditions,
    ...patched.map(([column]) => `${column} = ?`),
  ];
  scope
    .statement(`UPDATE sessions SET ${settings.join(", ")} WHERE number = ?`)
    .run(
      change.lastSeq,
      spent.unpricedCalls,
      ...toSpendValues(spent.usage, spent.costMicroUsd),
      ...patched.map(([, value]) => value),
      number,
    );
}

// In this order always, so that the few kinds of patch share few prepared statements.
const patchColumns = [
  ["status", "status"],
  ["wait", "wait"],
  ["reason", "reason"],
  ["startedAt", "started_at"],
  ["endedAt", "ended_at"],
  ["ranMs", "ran_ms"],
  ["turns", "turns"],
  ["result", "result"],
  ["error", "error"],
] as const satisfies [keyof SessionPatch, string][];

function toPatchedColumns(patch: SessionPatch): [column: string, value: string | number | null][] {
  return patchColumns.flatMap(([key, column]) => {
    const value = patch[key];
    if (value === undefined) return [];
    return [[column, value !== null && typeof value === "object" ? JSON.stringify(value) : value]];
  });
}
