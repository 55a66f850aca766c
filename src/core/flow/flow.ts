import type { BatchId, SessionId } from "../id.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { MicroUsd } from "../money.ts";
import type { EndReason, EndStatus } from "../session.ts";
import type { Budget } from "../budget.ts";

/** A flow's id: UUIDv4. It is the root of all its sessions. */
export type FlowId = string;

/** How many sessions a step has. */
export type StepWork =
  | { kind: "one" }
  /** A list, or a template that becomes one. */
  | { kind: "each"; over: string | JsonValue[] }
  | { kind: "copies"; count: number }
  | { kind: "team"; members: TeamMember[] };

/** `session`: what its own session asks for, as on the wire; what is left out is the step's. */
export interface TeamMember {
  task: string;
  name: string | null;
  weight: number;
  session: JsonObject;
}

/** What a session's work is held against before it counts. */
export type Gate = { kind: "command"; command: string; timeoutMs: number } | Judge;

/** A session that judges; `session`: what it asks for, as on the wire. */
export interface Judge {
  kind: "judge";
  ask: string;
  session: JsonObject;
}

/** How one of many results is taken: by counting equal ones, or by a judge who does not see whose they are. */
export type PickRule = { kind: "vote"; field: string | null } | Judge;

export interface FlowStep {
  id: string;
  task: string;
  /** Those it names, and those its templates name. */
  needs: string[];
  work: StepWork;
  when: string | null;
  /** How often a session that failed, or did not pass its gate, is tried again. */
  retry: number;
  /** How many of its sessions must complete; null: the one, or at least one of many. */
  quorum: number | null;
  gate: Gate | null;
  pick: PickRule | null;
  /** What its sessions ask for beside the task, as on the wire. */
  session: JsonObject;
}

/** A flow as it was written, checked and with its defaults filled in. */
export interface FlowPlan {
  name: string | null;
  vars: Record<string, string>;
  steps: FlowStep[];
}

export const flowStatuses = ["running", "completed", "failed", "cancelled"] as const;
export type FlowStatus = (typeof flowStatuses)[number];

/** What of a flow is not there, and why. */
export interface MissingPart {
  step: string;
  /** Counted from 0; null: the step as a whole. */
  item: number | null;
  label: string;
  sessionId: SessionId | null;
  reason: string;
}

/** How a flow ended. */
export interface FlowEnd {
  status: Exclude<FlowStatus, "running">;
  /** What a person is told of an end that is not "completed". */
  reason: string | null;
  result: string;
  missing: MissingPart[];
}

/** A flow as it is kept. */
export interface FlowRecord {
  id: FlowId;
  plan: FlowPlan;
  cwd: string;
  /** PATH of the shell that asked for it. */
  path: string | null;
  timeoutMs: number;
  labels: Record<string, string>;
  budget: Budget;
  /** Who asked had the token: its sessions may get the level full, its gates run commands. */
  isTrusted: boolean;
  createdAt: number;
  /** Counts its lives: a resume begins the next. */
  life: number;
  endedAt: number | null;
  end: FlowEnd | null;
}

/** What a session brought, kept with the flow. */
export interface StepResult {
  text: string;
  structured?: JsonValue;
  /** The whole is in an artifact of the session. */
  truncated: boolean;
  artifactId?: string;
}

export type RowPart = "work" | "gate" | "pick";

/** One attempt at one unit of a flow: a session, or a command of a gate. */
export interface FlowRow {
  step: string;
  /** Of the step's units, from 0; -1 for the pick. */
  item: number;
  part: RowPart;
  attempt: number;
  life: number;
  /** Of what the unit was asked: a result counts for the same question only. */
  inputHash: string;
  label: string;
  batchId: BatchId | null;
  sessionId: SessionId | null;
  status: "running" | EndStatus;
  reason: EndReason | null;
  error: string | null;
  result: StepResult | null;
  /** Of a gate: does the work pass? */
  passed: boolean | null;
  costMicroUsd: MicroUsd;
  unpricedCalls: number;
  startedAt: number;
  endedAt: number | null;
}

/** Names a row within its flow. */
export function toRowKey(row: Pick<FlowRow, "step" | "item" | "part" | "attempt">): string {
  return `${row.step}/${row.item}/${row.part}/${row.attempt}`;
}

type Pick<Value, Key extends keyof Value> = { [Name in Key]: Value[Name] };
