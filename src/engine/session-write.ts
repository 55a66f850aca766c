import type { JournalEvent } from "../core/journal.ts";
import { type Message, toResultMessageId } from "../core/message.ts";
import type { SessionEnd, SessionRecord } from "../core/session.ts";
import { noUsage } from "../core/usage.ts";
import type { ModelCall } from "../store/costs.ts";
import type { SessionPatch, SessionWrite } from "../store/store.ts";

/** When something is recorded, and how long the session has run by then (ms). */
export interface RecordTime {
  at: number;
  ranMs: number;
}

/**
 * What a list of events means for the session's row, the ledger and the mail: one write, so that
 * none of them can be there without the others.
 */
export function toSessionWrite(
  session: SessionRecord,
  events: readonly JournalEvent[],
  time: RecordTime,
): SessionWrite {
  return {
    sessionId: session.id,
    at: time.at,
    events: [...events],
    patch: Object.assign({ ranMs: time.ranMs }, ...events.map((event) => toPatch(session, event, time.at))),
    calls: events.flatMap((event) => toModelCalls(session, event)),
    messages: events.flatMap((event) => toMessages(session, event, time.at)),
    ackMessageIds: events.flatMap((event) => (event.type === "message-deliver" ? event.messageIds : [])),
    // Whoever wrote in that very moment was promised that it will be read, or is told that it was missed.
    onlyWithoutMail: events.some((event) => event.type === "session-end" && event.end.status === "completed"),
  };
}

function toPatch(session: SessionRecord, event: JournalEvent, at: number): SessionPatch {
  switch (event.type) {
    case "session-start":
      return { status: "running", wait: null, startedAt: session.startedAt ?? at };
    case "turn-end":
      return { turns: event.turn };
    case "wait-start":
      return { status: "waiting", wait: event.wait };
    case "session-end":
      return toEndPatch(event.end, at);
    default:
      return {};
  }
}

function toEndPatch(end: SessionEnd, at: number): SessionPatch {
  return {
    status: end.status,
    reason: end.reason,
    wait: null,
    endedAt: at,
    result: end.result,
    error: end.status === "completed" ? null : end.error,
  };
}

function toModelCalls(session: SessionRecord, event: JournalEvent): ModelCall[] {
  const { provider, model } = session;
  if (event.type === "turn-end") {
    const { turn, usage, costMicroUsd, price, reservedMicroUsd = 0, reservedTokens = 0 } = event;
    const call = { turn, provider, model, usage, costMicroUsd, price };
    return [{ ...call, possiblyBilled: false, reservedMicroUsd, reservedTokens }];
  }
  if (event.type === "context-compact") {
    if (event.call === null) return [];
    const { reservedMicroUsd = 0, reservedTokens = 0, durationMs: _, ...spent } = event.call;
    const { turn } = event;
    return [{ turn, provider, model, ...spent, possiblyBilled: false, reservedMicroUsd, reservedTokens }];
  }
  if (event.type !== "turn-fail" || !event.possiblyBilled) return [];
  // No usage came back: the row says that a call may have cost something, not what.
  const { turn, reservedMicroUsd, reservedTokens = 0 } = event;
  const unknown = { usage: noUsage, costMicroUsd: 0, price: null, possiblyBilled: true };
  return [{ turn, provider, model, reservedMicroUsd, reservedTokens, ...unknown }];
}

function toMessages(session: SessionRecord, event: JournalEvent, at: number): Message[] {
  if (event.type !== "session-end") return [];
  return [
    {
      id: toResultMessageId(session.id, session.resumes),
      kind: "result",
      delivery: "steer",
      from: session.id,
      to: session.parentId ?? session.peerId ?? session.batchId,
      content: toResultText(event.end),
      createdAt: at,
      ackedAt: null,
    },
  ];
}

/** What the parent is told: the text, or how it ended and what there is of a text. */
export function toResultText(end: SessionEnd): string {
  if (end.status === "completed") return end.result.text;
  const partial = end.result === null ? "" : `\n\nWhat it had written by then:\n${end.result.text}`;
  return `${end.status} (${end.reason}): ${end.error.detail}${partial}`;
}
