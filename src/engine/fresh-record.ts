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
  };
}
