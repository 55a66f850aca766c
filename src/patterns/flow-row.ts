import type { Order } from "../core/flow/order.ts";
import type { FlowRow, StepResult } from "../core/flow/flow.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import { type SessionRecord, type SessionResult, isEndStatus } from "../core/session.ts";

/** Of one who starts something. */
export interface RowStart {
  life: number;
  at: number;
  batchId: BatchId | null;
  sessionId: SessionId | null;
}

/** The row of what is about to be started. */
export function toStartedRow(order: Order, { life, at, batchId, sessionId }: RowStart): FlowRow {
  const { unit, attempt } = order;
  return {
    step: unit.step,
    item: unit.item,
    part: order.kind === "command" ? "gate" : order.part,
    attempt,
    life,
    inputHash: unit.hash,
    label: unit.label,
    batchId,
    sessionId,
    status: "running",
    reason: null,
    error: null,
    result: null,
    passed: null,
    costMicroUsd: 0,
    unpricedCalls: 0,
    startedAt: at,
    endedAt: null,
  };
}

/** The row once its session has ended; undefined while that lives. */
export function toSettledRow(row: FlowRow, session: SessionRecord): FlowRow | undefined {
  const { status, reason, error, result, costMicroUsd, unpricedCalls, endedAt } = session;
  if (!isEndStatus(status)) return undefined;
  const kept = result === null ? null : toKept(result);
  const shaped =
    kept === null || result?.structured === undefined ? kept : { ...kept, structured: result.structured };
  const ended = { ...row, status, reason, error: error?.detail ?? null, result: shaped };
  const judged = row.part === "gate" && status === "completed" ? toVerdict(ended) : {};
  return { ...ended, ...judged, costMicroUsd, unpricedCalls, endedAt };
}

function toKept({ text, truncated, artifacts: [whole] }: SessionResult): StepResult {
  return { text, truncated, ...(truncated && whole !== undefined ? { artifactId: whole.id } : {}) };
}

function toVerdict({ result }: FlowRow): Pick<FlowRow, "passed" | "error"> {
  const said = result?.structured;
  if (typeof said !== "object" || said === null || Array.isArray(said))
    return { passed: false, error: "it is no verdict" };
  const reason = said["reason"];
  return { passed: said["pass"] === true, error: typeof reason === "string" ? reason : null };
}

/** The row of what could not even be started. */
export function toRefusedRow(row: FlowRow, detail: string, at: number): FlowRow {
  return { ...row, status: "failed", sessionId: null, batchId: null, error: detail, endedAt: at };
}
