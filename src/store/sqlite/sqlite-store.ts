import type { Clock } from "../../core/clock.ts";
import type { Store } from "../store.ts";
import { createCallQueue } from "./call-queue.ts";
import type { StoreCall, StoreMethod } from "./calls.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { StoreLink } from "./store-link.ts";

/** A store on SQLite, which also tells how often it had to commit. */
export interface SqliteStore extends Store {
  /** Committed transactions since it was opened; far fewer than writes under load. */
  readonly commits: number;
}

export interface SqliteStoreOptions extends ConnectionOptions {
  clock: Pick<Clock, "now">;
}

/** The store in front of a link: methods become calls, calls become groups. */
export function createSqliteStore(link: StoreLink, clock: Pick<Clock, "now">): SqliteStore {
  const queue = createCallQueue(link, clock);
  let closing: Promise<void> | undefined;

  const method =
    <M extends StoreMethod>(name: M) =>
    (...parameters: Parameters<Store[M]>) =>
      // The queue answers what this method answers; TypeScript cannot follow it through the group.
      queue.add({ method: name, parameters } as StoreCall) as ReturnType<Store[M]>;

  return {
    epoch: link.epoch,
    get commits() {
      return queue.commits;
    },
    acceptBatch: method("acceptBatch"),
    getSession: method("getSession"),
    findSessionIds: method("findSessionIds"),
    findBatchIds: method("findBatchIds"),
    listSessions: method("listSessions"),
    listLiveSessions: method("listLiveSessions"),
    getBatch: method("getBatch"),
    write: method("write"),
    readJournal: method("readJournal"),
    listMessages: method("listMessages"),
    postMessage: method("postMessage"),
    listCosts: method("listCosts"),
    putArtifact: method("putArtifact"),
    getArtifact: method("getArtifact"),
    close: () => (closing ??= queue.close().then(() => link.close())),
  };
}
