import type { SessionView } from "../contract/shapes.ts";
import { isEndStatus } from "../core/session.ts";
import { budgetExitCode, timeoutExitCode } from "./context.ts";

/** How a session stands, and why if that is known. */
type Outcome = Pick<SessionView, "status"> & Partial<Pick<SessionView, "reason">>;

/** 0 if all completed; 124 if the clock alone ended some, 7 if budgets alone did; 1 if any failed in another way. */
export function toExitCode(sessions: readonly Outcome[]): number {
  const unfinished = sessions.filter(({ status }) => isEndStatus(status) && status !== "completed");
  if (unfinished.length === 0) return 0;
  if (unfinished.every(({ reason }) => reason === "budget")) return budgetExitCode;
  return unfinished.every(({ status }) => status === "timed_out") ? timeoutExitCode : 1;
}

/** "2 completed, 1 failed", in the order of a life. */
export function toCountsText(sessions: readonly Pick<SessionView, "status">[]): string {
  const order = [
    "queued",
    "running",
    "waiting",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "interrupted",
  ];
  return order
    .map((status) => ({ status, count: sessions.filter((session) => session.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${toStatusText(status)}`)
    .join(", ");
}

/** For people: "timed out". */
export function toStatusText(status: string): string {
  return status.replaceAll("_", " ");
}

/** "1 session", "3 sessions". */
export function toCountText(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
