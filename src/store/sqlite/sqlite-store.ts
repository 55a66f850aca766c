import type { Clock } from "../../core/clock.ts";
import { createDeferred } from "../../core/deferred.ts";
import type { MailStore } from "../mail.ts";
import type { MessageStore } from "../messages.ts";
import type { Store } from "../store.ts";
import { StaleEpochError } from "../store.ts";
import type { BackupOutcome } from "./backups.ts";
import type { CallQueue } from "./call-queue.ts";
import { createCallQueue } from "./call-queue.ts";
import type { StoreCall, StoreMethod } from "./calls.ts";
import type { ConnectionOptions } from "./connection.ts";
import { DamagedStoreError } from "./damage.ts";
import { toDatabaseFiles } from "./database-files.ts";
import type { Recovery } from "./recovery-record.ts";
import { noteSuspicion, readRecoveries } from "./recovery-record.ts";
import type { StoreLink } from "./store-link.ts";

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
  const method = toMethod(queue);
  return {
    acceptBatch: method("acceptBatch"),
    findKey: method("findKey"),
    reopenSession: method("reopenSession"),
    getSession: method("getSession"),
    findSessionIds: method("findSessionIds"),
    findBatchIds: method("findBatchIds"),
    listSessions: method("listSessions"),
    listLiveSessions: method("listLiveSessions"),
    getBatch: method("getBatch"),
    write: method("write"),
    bookCall: method("bookCall"),
    readJournal: method("readJournal"),
    readEvents: method("readEvents"),
    readLastEvent: method("readLastEvent"),
    ...toMailMethods(queue),
    listCosts: method("listCosts"),
    sumCosts: method("sumCosts"),
    readSpending: method("readSpending"),
    listPastCosts: method("listPastCosts"),
    readLimits: method("readLimits"),
    writeLimits: method("writeLimits"),
    putArtifact: method("putArtifact"),
    getArtifact: method("getArtifact"),
    listApprovals: method("listApprovals"),
    getApproval: method("getApproval"),
    answerApproval: method("answerApproval"),
    listRules: method("listRules"),
    deleteRule: method("deleteRule"),
    deleteEndedSessions: method("deleteEndedSessions"),
    measureEnded: method("measureEnded"),
    removeSessions: method("removeSessions"),
    readOutboxPosition: method("readOutboxPosition"),
    queueDeliveries: method("queueDeliveries"),
    listDueDeliveries: method("listDueDeliveries"),
    settleDelivery: method("settleDelivery"),
    readNextDelivery: method("readNextDelivery"),
    getBatchWebhook: method("getBatchWebhook"),
    reviveEndpoints: method("reviveEndpoints"),
    deleteStrayArtifacts: method("deleteStrayArtifacts"),
  };
}

type MailMethod = keyof MailStore | keyof MessageStore;

function toMailMethods(queue: CallQueue): Pick<SqliteStore, MailMethod> {
  const method = toMethod(queue);
  return {
    listMessages: method("listMessages"),
    postMessage: method("postMessage"),
    getMessage: method("getMessage"),
    postBroadcast: method("postBroadcast"),
    postQuestion: method("postQuestion"),
    getQuestion: method("getQuestion"),
    postAnswer: method("postAnswer"),
    ackMail: method("ackMail"),
    countUnread: method("countUnread"),
    meetPeer: method("meetPeer"),
    getPeer: method("getPeer"),
    findPeerIds: method("findPeerIds"),
    listPeers: method("listPeers"),
    findOwner: method("findOwner"),
    deleteOldMail: method("deleteOldMail"),
  };
}

function toMethod(queue: CallQueue) {
  return <M extends StoreMethod>(name: M) =>
    (...parameters: Parameters<SqliteStore[M]>) =>
      // The queue answers what this method answers; TypeScript cannot follow it through the group.
      queue.add({ method: name, parameters } as StoreCall) as ReturnType<SqliteStore[M]>;
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
