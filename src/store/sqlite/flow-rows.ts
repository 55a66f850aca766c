import {
  type FlowEnd,
  type FlowRecord,
  type FlowRow,
  type FlowStatus,
  toRowKey,
} from "../../core/flow/flow.ts";
import type { CreateFlowOutcome } from "../flows.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";

export function createFlow(
  scope: Scope,
  { flow, key }: { flow: FlowRecord; key: { key: string; bodyHash: string } | null },
): CreateFlowOutcome {
  const known =
    key === null ? undefined : scope.statement("SELECT id, body_hash FROM flows WHERE key = ?").get(key.key);
  if (known !== undefined) {
    return { kind: "known", id: String(known["id"]), bodyHash: String(known["body_hash"]) };
  }
  scope
    .statement("INSERT INTO flows (id, status, record, key, body_hash) VALUES (?, 'running', ?, ?, ?)")
    .run(flow.id, JSON.stringify(flow), key?.key ?? null, key?.bodyHash ?? null);
  return { kind: "created" };
}

export function getFlow(scope: Scope, id: string): FlowRecord | undefined {
  const row = scope.statement("SELECT record FROM flows WHERE id = ?").get(id);
  return row === undefined ? undefined : toFlow(row);
}

export function listFlows(
  scope: Scope,
  { status, limit }: { status?: FlowStatus; limit: number },
): FlowRecord[] {
  return scope
    .statement("SELECT record FROM flows WHERE status = coalesce(?, status) ORDER BY number DESC LIMIT ?")
    .all(status ?? null, limit)
    .map(toFlow);
}

export function endFlow(scope: Scope, { id, at, end }: { id: string; at: number; end: FlowEnd }): boolean {
  const flow = getFlow(scope, id);
  if (flow === undefined || flow.end !== null) return false;
  save(scope, { ...flow, end, endedAt: at });
  return true;
}

export function reopenFlow(scope: Scope, flow: FlowRecord): boolean {
  const before = getFlow(scope, flow.id);
  if (before === undefined || before.end === null) return false;
  save(scope, flow);
  return true;
}

function save(scope: Scope, flow: FlowRecord): void {
  scope
    .statement("UPDATE flows SET status = ?, record = ?, ended_at = ? WHERE id = ?")
    .run(flow.end?.status ?? "running", JSON.stringify(flow), flow.endedAt, flow.id);
}

export function putFlowRows(scope: Scope, { id, rows }: { id: string; rows: FlowRow[] }): void {
  const put = scope.statement(
    `INSERT INTO flow_rows (flow, key, row) VALUES (?, ?, ?)
     ON CONFLICT (flow, key) DO UPDATE SET row = excluded.row`,
  );
  for (const row of rows) put.run(id, toRowKey(row), JSON.stringify(row));
}

export function dropFlowRows(scope: Scope, { id, keys }: { id: string; keys: string[] }): void {
  const drop = scope.statement("DELETE FROM flow_rows WHERE flow = ? AND key = ?");
  for (const key of keys) drop.run(id, key);
}

export function listFlowRows(scope: Scope, id: string): FlowRow[] {
  return scope
    .statement("SELECT row FROM flow_rows WHERE flow = ? ORDER BY number")
    .all(id)
    .map(({ row }) => parseStored(String(row)) as FlowRow);
}

export function deleteEndedFlows(scope: Scope, { endedBefore }: { endedBefore: number }): number {
  const { changes } = scope.statement("DELETE FROM flows WHERE ended_at < ?").run(endedBefore);
  return Number(changes);
}

function toFlow(row: object): FlowRecord {
  return parseStored((row as { record: string }).record) as FlowRecord;
}
