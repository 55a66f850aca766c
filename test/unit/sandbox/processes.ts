import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Pids of living processes whose arguments hold the text: how a test finds what it started. */
export function findByArgument(text: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const isZombie = /\) Z /.test(readFileSync(`/proc/${name}/stat`, "latin1"));
      return !isZombie && readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").includes(text)
        ? [Number(name)]
        : [];
    } catch {
      return [];
    }
  });
}

/** Waits until the condition holds; the time it took in ms, or undefined if it never did. */
export async function waitUntil(holds: () => boolean, limitMs: number): Promise<number | undefined> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < limitMs) {
    if (holds()) return performance.now() - startedAt;
    await delay(10);
  }
  return undefined;
}

let count = 0;

/** A number of seconds that no other process sleeps. */
export function uniqueSleep(): string {
  count += 1;
  return `${100_000 + (process.pid % 50_000)}.${String(count).padStart(3, "0")}1`;
}
