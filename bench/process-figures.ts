import { readFileSync } from "node:fs";

// sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on.
const ticksPerSecond = 100;

/** User and system time that a process and its threads have used, ms. */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

/** Resident memory now and at its highest, MB. */
export function readMemoryMb(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

/** Where a process stands, MB; `pss` has of what it shares with others its part only, `own` nothing of that. */
export interface Held {
  pss: number;
  own: number;
  rss: number;
}

/** Undefined once it is gone. */
function readHeld(pid: number): Held | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const read = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1]) / 1_024;
    return { pss: read("Pss"), own: read("Pss_Anon"), rss: readMemoryMb(pid).peak };
  } catch {
    return undefined;
  }
}

/** Looks every 25 ms; `stop` says the highest that was seen. */
export function watchHeld(pid: number): { stop(): Held } {
  const peak: Held = { pss: 0, own: 0, rss: 0 };
  const look = (): void => {
    const now = readHeld(pid);
    if (now === undefined) return;
    peak.pss = Math.max(peak.pss, now.pss);
    peak.own = Math.max(peak.own, now.own);
    peak.rss = Math.max(peak.rss, now.rss);
  };
  const timer = setInterval(look, 25);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

export function toMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function toPercentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
