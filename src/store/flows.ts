import type { FlowEnd, FlowId, FlowRecord, FlowRow, FlowStatus } from "../core/flow/flow.ts";

/** `known`: the key was used before, for a request of that hash. */
export type CreateFlowOutcome = { kind: "created" } | { kind: "known"; id: FlowId; bodyHash: string };

/** Flows and what has become of their sessions. */
export interface FlowStore {
  createFlow(creation: {
    flow: FlowRecord;
    key: { key: string; bodyHash: string } | null;
  }): Promise<CreateFlowOutcome>;
  getFlow(id: FlowId): Promise<FlowRecord | undefined>;
  findFlowIds(prefix: string, limit: number): Promise<FlowId[]>;
  /** The newest first. */
  listFlows(query: { status?: FlowStatus; limit: number }): Promise<FlowRecord[]>;
  /** The end of its present life; nothing changes where it has ended already. */
  endFlow(ending: { id: FlowId; at: number; end: FlowEnd }): Promise<boolean>;
  /** Brings an ended flow to its next life, with the record as it is given. False where it has not ended. */
  reopenFlow(flow: FlowRecord): Promise<boolean>;
  /** Adds rows, and replaces those of the same key. */
  putFlowRows(write: { id: FlowId; rows: FlowRow[] }): Promise<void>;
  /** Takes rows away whose session never came to be. */
  dropFlowRows(drop: { id: FlowId; keys: string[] }): Promise<void>;
  listFlowRows(id: FlowId): Promise<FlowRow[]>;
  /** Ended flows that ended before (ms) go with their rows. */
  deleteEndedFlows(query: { endedBefore: number }): Promise<number>;
}
