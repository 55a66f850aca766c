import type { StoreCall } from "./calls.ts";
import type { GroupOutcome } from "./run-group.ts";

/** Calls that go to the database together. */
export interface CallGroup {
  /** When they were sent, ms. */
  now: number;
  calls: StoreCall[];
}

/** The way to the database: straight in this thread, or through a worker's port. */
export interface StoreLink {
  readonly epoch: number;
  /** Answers once the group is on disk. Rejects only if the way itself is gone. */
  run(group: CallGroup): Promise<GroupOutcome>;
  close(): Promise<void>;
}
