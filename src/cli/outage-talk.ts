import type { OutageWatch } from "../client/persist.ts";
import type { Terminal } from "./terminal.ts";

export interface OutageParts {
  terminal: Pick<Terminal, "say">;
  /** Starts the daemon; undefined where the user forbade it. */
  revive: (() => Promise<void>) | undefined;
  /** Brings the new daemon this shell's keys: it keeps them in memory only. */
  greet: () => Promise<unknown>;
}

/** Sooner the daemon's own supervisor is still at it. */
const reviveAfterMs = 5_000;

/** Says once that the daemon is away and once that it is back, however many calls notice. */
export function createOutageTalk({ terminal, revive, greet }: OutageParts): OutageWatch {
  let isAway = false;
  let revival: Promise<void> | undefined;
  let greeting: Promise<unknown> | undefined;
  return {
    async lost(sinceMs) {
      if (!isAway) terminal.say("The daemon is gone; waiting for it to come back. Sessions are kept.");
      isAway = true;
      greeting = undefined;
      if (sinceMs < reviveAfterMs || revive === undefined) return;
      revival ??= revive();
      await revival;
    },
    async back() {
      if (isAway) terminal.say("The daemon is back.");
      isAway = false;
      revival = undefined;
      greeting ??= greet();
      await greeting;
    },
  };
}
