import { setTimeout as sleep } from "node:timers/promises";
import { type Breach, toBreaches } from "../invariants/breach.ts";
import { type SeenProcess, findProcesses, isAlive } from "./processes.ts";

/** Looks after the processes that a dead daemon left. */
export interface OrphanWatch {
  /** Call right before the daemon is killed: who is there now, below it, must be gone in two seconds. */
  expectGone(except: readonly number[]): void;
  /** How many processes had to go, and those that did not. Waits for the last look. */
  report(): Promise<{ watched: number; breaches: Breach[] }>;
}

const graceMs = 2_000;

export function createOrphanWatch(root: string): OrphanWatch {
  const looks: Promise<SeenProcess[]>[] = [];
  let watched = 0;
  return {
    expectGone(except) {
      const doomed = findProcesses(root).filter(({ pid }) => !except.includes(pid));
      watched += doomed.length;
      looks.push(sleep(graceMs).then(() => doomed.filter(isAlive)));
    },
    async report() {
      const left = (await Promise.all(looks)).flat();
      return {
        watched,
        breaches: toBreaches(
          "no process of a tool 2 s after a daemon's death",
          left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`),
        ),
      };
    },
  };
}
