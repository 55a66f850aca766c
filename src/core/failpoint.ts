import type { JournalEvent } from "./journal.ts";

/** Every kind of journal event; the compiler sees to it that none is missing. */
const eventTypes = {
  "session-create": true,
  "session-start": true,
  "turn-start": true,
  "turn-end": true,
  "turn-fail": true,
  "approval-ask": true,
  "approval-answer": true,
  "tool-intent": true,
  "tool-pending": true,
  "tool-result": true,
  "message-deliver": true,
  "repair-request": true,
  "wait-start": true,
  "wait-end": true,
  "session-end": true,
  "context-compact": true,
  "session-resume": true,
  "session-fork": true,
  "agent-launch": true,
  "agent-thread": true,
  "folder-setup": true,
  "approval-withdraw": true,
} as const satisfies Record<JournalEvent["type"], true>;

/** What mail is done to that stands in no journal. */
const mailSteps = ["mail-post", "mail-ack"] as const;

export type FailpointStep = JournalEvent["type"] | (typeof mailSteps)[number];

type Moment = "before" | "after";

/** A place where a test can make the daemon fail: before or after the commit of an event. */
export type FailpointName = `${Moment}:${FailpointStep}`;

/** All failpoints there are, in the order of a session's life. */
export const failpointNames: readonly FailpointName[] = [
  ...(Object.keys(eventTypes) as JournalEvent["type"][]),
  ...mailSteps,
].flatMap((type): FailpointName[] => [`before:${type}`, `after:${type}`]);

export type FailpointAction =
  | { kind: "kill" }
  | { kind: "stop" }
  | { kind: "throw" }
  | { kind: "delay"; ms: number };

/** What is to happen where. `hit`: at that hit only, counted from 1; null: at each. */
export interface ArmedFailpoint {
  name: FailpointName;
  action: FailpointAction;
  hit: number | null;
}

/** Told of every journal write. Resolves when what was armed for it has been done; rejects for a "throw". */
export interface Failpoints {
  reach(moment: Moment, types: Iterable<FailpointStep>): Promise<void>;
}

/** `act` does what a failpoint is armed with, "throw" aside. */
export function createFailpoints(
  armed: readonly ArmedFailpoint[],
  act: (action: Exclude<FailpointAction, { kind: "throw" }>) => Promise<void>,
): Failpoints {
  const hits = new Map<ArmedFailpoint, number>();
  const isDue = (failpoint: ArmedFailpoint): boolean => {
    const hit = (hits.get(failpoint) ?? 0) + 1;
    hits.set(failpoint, hit);
    return failpoint.hit === null || failpoint.hit === hit;
  };
  return {
    async reach(moment, types) {
      for (const type of types) {
        const here = armed.filter(({ name }) => name === `${moment}:${type}`);
        for (const failpoint of here.filter(isDue)) {
          if (failpoint.action.kind === "throw") throw new Error(`failpoint ${failpoint.name}`);
          await act(failpoint.action);
        }
      }
    },
  };
}
