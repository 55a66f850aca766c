import { setTimeout as sleep } from "node:timers/promises";
import { ProfclawError } from "../core/errors.ts";
import { DaemonLoss } from "./loss.ts";

/** Told of the daemon's absence while a call is repeated, so that people can be told. */
export interface OutageWatch {
  /** After each attempt that nobody answered; `sinceMs` is how long nobody has. Awaited. */
  lost?(sinceMs: number): void | Promise<void>;
  /** After the first attempt that was answered again. Awaited before the answer is given. */
  back?(): void | Promise<void>;
}

export interface Persistence {
  /** How long a call outlasts a daemon that is away. 0: not at all. */
  patienceMs: number;
  watch: OutageWatch;
  signal?: AbortSignal | undefined;
  /** Where the daemon should be, for the error. */
  address: string;
}

const firstPauseMs = 50;
const longestPauseMs = 500;

/**
 * Runs an attempt until the daemon answers it, which may be more than once: it must be safe to repeat.
 * Throws daemon-unreachable when patience is at its end.
 */
export async function persist<Answer>(
  attempt: () => Promise<Answer>,
  persistence: Persistence,
): Promise<Answer> {
  const startedAt = performance.now();
  let lostAt: number | undefined;
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await attempt();
      if (lostAt !== undefined) await persistence.watch.back?.();
      return answer;
    } catch (error) {
      if (!(error instanceof DaemonLoss)) throw error;
      // A kept-alive socket that was closed while idle: the same request on a new one, at once.
      if (error.staleSocket && tries === 0) continue;
      if (performance.now() - startedAt >= persistence.patienceMs) {
        throw toUnreachable(persistence.address, error);
      }
      lostAt ??= performance.now();
      await persistence.watch.lost?.(performance.now() - lostAt);
      await pause(tries, persistence.signal);
    }
  }
}

/** Doubling, with jitter: many clients must not come back in step. */
async function pause(tries: number, signal: AbortSignal | undefined): Promise<void> {
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 6));
  await sleep(longest * (0.5 + Math.random() / 2), undefined, signal === undefined ? {} : { signal });
}

function toUnreachable(address: string, loss: DaemonLoss): ProfclawError {
  return new ProfclawError("daemon-unreachable", `No daemon answers at ${address} (${loss.message}).`, {
    hint: "Start it: profclaw up",
  });
}
