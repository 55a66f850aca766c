import type { BatchId, SessionId } from "../core/id.ts";
import type { SessionSpec } from "../core/session.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Turnstile } from "../core/turnstile.ts";
import type { NewBatch } from "../store/store.ts";

/** What became of a spawn request that was in order. */
export type SpawnOutcome =
  | { kind: "accepted"; batchId: BatchId; sessions: SessionSpec[] }
  /** The key was used before with the same request: that batch stands. */
  | { kind: "replayed"; batchId: BatchId };

/** Puts resolved sessions into the store and the pool: all of them, or none. */
export interface Spawner {
  spawn(batch: NewBatch): Promise<SpawnOutcome>;
  mailbox: Mailbox;
  /** What a session does now. */
  activityOf(id: SessionId): string | null;
  /** By root: spawns below sessions of one tree count it and add to it one after the other. */
  inTurn: Turnstile;
}
