import type { BatchId } from "./id.ts";
import type { SessionEnd, SessionFault } from "./session.ts";

/** Watches how the sessions of each batch end. */
export interface FanOutBrake {
  /** Takes in an end. The answer is why the rest of the batch should not start; undefined to go on. */
  note(batchId: BatchId, end: SessionEnd): SessionFault | undefined;
}

/** So many sessions of a batch that fail in the same way are no accident: the rest would fail too. */
const mostSameFailures = 10;
// Batches that are watched at the same time; the oldest is forgotten first.
const mostBatches = 1_000;

export function createFanOutBrake(): FanOutBrake {
  const batches = new Map<BatchId, Map<string, number>>();
  return {
    note(batchId, end) {
      // A spent budget stops by itself, and smaller calls of others may still fit.
      if (end.status !== "failed" || end.reason === "budget") return undefined;
      const counts = batches.get(batchId) ?? new Map<string, number>();
      batches.set(batchId, counts);
      if (batches.size > mostBatches) forgetOldest(batches);
      const key = toFailureKey(end.error);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count < mostSameFailures ? undefined : toStopFault(end.error);
    },
  };
}

function forgetOldest(batches: Map<BatchId, unknown>): void {
  const [oldest] = batches.keys();
  if (oldest !== undefined) batches.delete(oldest);
}

/** Request ids and the like differ from call to call and make no other failure. */
function toFailureKey({ code, detail }: SessionFault): string {
  return `${code} ${detail.replaceAll(/\b(?=[\w-]*\d)[\w-]{8,}/g, "…")}`;
}

function toStopFault({ code, detail }: SessionFault): SessionFault {
  return {
    code: "fan-out-stopped",
    detail: `Not started: ${mostSameFailures} sessions of its batch failed in the same way (${code}: ${detail})`,
  };
}
