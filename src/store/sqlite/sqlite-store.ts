import type { Clock } from "../../core/clock.ts";
import { createDeferred } from "../../core/deferred.ts";
import type { Store } from "../store.ts";
import { StaleEpochError } from "../store.ts";
import type { BackupOutcome } from "./backups.ts";
import type { CallQueue } from "./call-queue.ts";
import { createCallQueue } from "./call-queue.ts";
import type { StoreCall } from "./calls.ts";
import type { ConnectionOptions } from "./connection.ts";
import { DamagedStoreError } from "./damage.ts";
import { toDatabaseFiles } from "./database-files.ts";
import type { Recovery } from "./recovery-record.ts";
import { noteSuspicion, readRecoveries } from "./recovery-record.ts";
import type { StoreLink } from "./store-link.ts";
import { type StoreMethod, storeMethods } from "./store-methods.ts";

/** A store on SQLite: what the daemon needs beside the contract to keep the state folder in order. */
export interface SqliteStore extends Store {
  /** Committed transactions since it was opened; far fewer than writes under load. */
  readonly commits: number;
  /** What this opening did about a damaged database; null for a sound one. */
  readonly healed: Recovery | null;
  /** Every recovery of this state folder, the newest first. */
  readonly recoveries: readonly Recovery[];
  /**
   * Resolves, never rejects, once nothing can be written any more: StaleEpochError (a later daemon took
   * over), DamagedStoreError (the next opening heals it), or the death of the store's thread.
   */
  readonly lost: Promise<Error>;
  /** Copies the database while it is in use, checks the copy, and keeps the newest three. */
  backUp(): Promise<BackupOutcome>;
}

export interface SqliteStoreOptions extends Omit<ConnectionOptions, "now"> {
  clock: Pick<Clock, "now">;
}

/** The store in front of a link: methods become calls, calls become groups. */
export function createSqliteStore(link: StoreLink, options: SqliteStoreOptions): SqliteStore {
  const { clock } = options;
  const loss = createLoss(link, options);
  const queue = createCallQueue(watchOutcomes(link, loss.giveUp), clock);
  let closing: Promise<void> | undefined;
  return {
    epoch: link.epoch,
    healed: link.healed,
    recoveries: readRecoveries(toDatabaseFiles(options.path)),
    lost: loss.lost,
    get commits() {
      return queue.commits;
    },
    ...toMethods(queue),
    async backUp() {
      const outcome = await link.backUp(clock.now());
      if (outcome.kind === "unsound") {
        loss.giveUp(new DamagedStoreError(`A backup of it came out damaged: ${outcome.detail}`));
      }
      return outcome;
    },
    close: () => (closing ??= queue.close().then(() => link.close())),
  };
}

function toMethods(queue: CallQueue): Pick<SqliteStore, StoreMethod> {
  const method =
    <M extends StoreMethod>(name: M) =>
    (...parameters: Parameters<SqliteStore[M]>) =>
      // The queue answers what this method answers; TypeScript cannot follow it through the group.
      queue.add({ method: name, parameters } as StoreCall) as ReturnType<SqliteStore[M]>;
  const names = Object.keys(storeMethods) as StoreMethod[];
  // Every method is there: the table names each of them.
  return Object.fromEntries(names.map((name) => [name, method(name)])) as unknown as Pick<
    SqliteStore,
    StoreMethod
  >;
}

/** Told once: by the link itself, by a call's outcome or by a backup. */
function createLoss(
  link: StoreLink,
  { path, clock }: SqliteStoreOptions,
): { lost: Promise<Error>; giveUp(this: void, error: Error): void } {
  const lost = createDeferred<Error>();
  let isLost = false;
  const giveUp = (error: Error): void => {
    if (isLost) return;
    isLost = true;
    if (error instanceof DamagedStoreError) {
      noteSuspicion(toDatabaseFiles(path), { at: clock.now(), detail: error.message });
    }
    lost.resolve(error);
  };
  link.onLoss(giveUp);
  return { lost: lost.promise, giveUp };
}

/** The same link; whoever calls gets every error, and the first that ends the store is told besides. */
function watchOutcomes(link: StoreLink, giveUp: (error: Error) => void): StoreLink {
  return {
    ...link,
    async run(group) {
      const answer = await link.run(group);
      const fatal = answer.outcomes.find((outcome) => outcome.kind === "error" && isFatal(outcome.error));
      if (fatal?.kind === "error") giveUp(fatal.error as Error);
      return answer;
    },
  };
}

function isFatal(error: unknown): boolean {
  return error instanceof StaleEpochError || error instanceof DamagedStoreError;
}
