import type { SessionRecord, SessionSpec } from "../core/session.ts";
import { noUsage } from "../core/usage.ts";

/** A session as it stands when it has just been accepted. */
export function toFreshRecord(spec: SessionSpec): SessionRecord {
  return {
    ...spec,
    status: "queued",
    wait: null,
    reason: null,
    startedAt: null,
    endedAt: null,
    ranMs: 0,
    turns: 0,
    usage: noUsage,
    costMicroUsd: 0,
    unpricedCalls: 0,
    result: null,
    error: null,
    lastSeq: 1,
    snapshotSeq: 0,
  };
}

const changing: ReadonlySet<string> = new Set([
  "status",
  "wait",
  "reason",
  "startedAt",
  "endedAt",
  "ranMs",
  "turns",
  "usage",
  "costMicroUsd",
  "unpricedCalls",
  "result",
  "error",
  "lastSeq",
  "snapshotSeq",
] satisfies Exclude<keyof SessionRecord, keyof SessionSpec>[]);

/** What was asked for, without what changes during a session's life. */
export function toSpec(record: SessionRecord): SessionSpec {
  const entries = Object.entries(record).filter(([name]) => !changing.has(name));
  return Object.fromEntries(entries) as unknown as SessionSpec;
}
