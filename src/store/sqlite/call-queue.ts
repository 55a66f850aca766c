import type { Clock } from "../../core/clock.ts";
import type { StoreCall } from "./calls.ts";
import type { CallOutcome } from "./run-group.ts";
import type { StoreLink } from "./store-link.ts";

/** Collects calls and sends them in groups: group commit. */
export interface CallQueue {
  /** Answers what the call answers, once that is on disk. */
  add(call: StoreCall): Promise<unknown>;
  /** Resolves once everything added so far is answered. What is added after it is rejected. */
  close(): Promise<void>;
  /** Committed transactions so far. */
  readonly commits: number;
}

// Bounds the time that one transaction takes, not how much can wait.
const mostCallsPerGroup = 1_000;

interface WaitingCall {
  call: StoreCall;
  settle(outcome: CallOutcome): void;
}

/**
 * One group is under way at a time; what is called meanwhile is the next group. So the slower the
 * disk, the larger the groups, and the load never piles up transactions.
 */
export function createCallQueue(link: StoreLink, clock: Pick<Clock, "now">): CallQueue {
  const waiting: WaitingCall[] = [];
  let sending: Promise<void> | undefined;
  let isClosed = false;
  let commits = 0;

  async function send(group: WaitingCall[]): Promise<void> {
    try {
      const answer = await link.run({ now: clock.now(), calls: group.map(({ call }) => call) });
      commits += answer.commits;
      for (const [index, outcome] of answer.outcomes.entries()) group[index]?.settle(outcome);
    } catch (error) {
      for (const one of group) one.settle({ kind: "error", error });
    }
  }

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      // The rest of this tick joins the group: all that the last answers have set off. It also lets
      // the event loop turn between two groups that are run in this very thread.
      await nextTick();
      await send(waiting.splice(0, mostCallsPerGroup));
    }
    sending = undefined;
  }

  return {
    get commits() {
      return commits;
    },
    add(call) {
      if (isClosed) return Promise.reject(new Error("The store is closed."));
      return new Promise((resolve, reject) => {
        waiting.push({
          call,
          settle: (outcome) =>
            outcome.kind === "answer" ? resolve(outcome.value) : reject(toError(outcome.error)),
        });
        sending ??= sendAll();
      });
    },
    async close() {
      isClosed = true;
      await sending;
    },
  };
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
