import type { BackupOutcome } from "./backups.ts";
import type { StoreCall } from "./calls.ts";
import type { Recovery } from "./recovery-record.ts";
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
  /** What had to be done about a damaged database at this opening. */
  readonly healed: Recovery | null;
  /** Answers once the group is on disk. Rejects only if the way itself is gone. */
  run(group: CallGroup): Promise<GroupOutcome>;
  /** Copies the database beside the calls. `now` (ms) names the copy. */
  backUp(now: number): Promise<BackupOutcome>;
  /** Calls back, once, when the way is gone for good. */
  onLoss(tell: (error: Error) => void): void;
  close(): Promise<void>;
}
