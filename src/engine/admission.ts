import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { toSparedBytes } from "./spared-memory.ts";

/** Memory in bytes: what this process holds, and what it and the machine still have. */
export interface MemoryState {
  residentBytes: number;
  heapUsedBytes: number;
  heapLimitBytes: number;
  /** What the machine, or the container, can still give. */
  availableBytes: number;
  /** What it has in all. */
  totalBytes: number;
}

export interface AdmissionParts {
  clock: Clock;
  readMemory: () => MemoryState;
  /** Above it no session is given a slot; null: only where the machine or the heap runs out. */
  limitBytes: number | null;
  /** There may be room again. */
  onRoom: () => void;
  log: Log;
}

/** Whether memory allows one more session to run. */
export interface Admission {
  /** Never false while nothing runs: what is in the queue must get through. Asks again by itself. */
  hasRoom(running: number): boolean;
  /** What is short, for people; null while there is room. */
  shortage(): string | null;
}

// Reading takes some dozen microseconds, and a pump asks for each of a thousand.
const sampleMs = 250;
const askAgainMs = 500;
// Above this part of the heap the collector works more than the sessions do.
const heapShare = 0.85;

/** Admission by memory: sessions that are there go on, the queue waits. */
export function createAdmission(parts: AdmissionParts): Admission {
  return new MemoryAdmission(parts);
}

class MemoryAdmission implements Admission {
  private readonly parts: AdmissionParts;
  private sampledAt = Number.NEGATIVE_INFINITY;
  private short: string | null = null;
  private isAsking = false;

  constructor(parts: AdmissionParts) {
    this.parts = parts;
  }

  hasRoom(running: number): boolean {
    const before = this.short;
    this.sample();
    if (this.short !== null && before === null) this.tell(this.short);
    if (this.short === null || running === 0) return true;
    this.askAgain();
    return false;
  }

  private tell(short: string): void {
    this.parts.log(`the queue waits: ${short}`, { level: "warn" });
  }

  shortage(): string | null {
    return this.short;
  }

  private sample(): void {
    const now = this.parts.clock.elapsedMs();
    if (now - this.sampledAt < sampleMs) return;
    this.sampledAt = now;
    this.short = findShortage(this.parts.readMemory(), this.parts.limitBytes);
  }

  private askAgain(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.parts.clock.after(askAgainMs, () => {
      this.isAsking = false;
      this.parts.onRoom();
    });
  }
}

/** What of the memory is short: "memory: the daemon holds 812 MB of the 800 MB that it may"; null if nothing is. */
export function findShortage(memory: MemoryState, limitBytes: number | null): string | null {
  const { residentBytes, heapUsedBytes, heapLimitBytes, availableBytes, totalBytes } = memory;
  if (limitBytes !== null && residentBytes > limitBytes) {
    return `memory: the daemon holds ${toMb(residentBytes)} of the ${toMb(limitBytes)} that it may`;
  }
  if (heapUsedBytes > heapLimitBytes * heapShare) {
    return `memory: the daemon's heap holds ${toMb(heapUsedBytes)} of ${toMb(heapLimitBytes)}`;
  }
  // A small machine is not refused outright: there the share counts.
  if (availableBytes < toSparedBytes(totalBytes)) {
    return `memory: the machine has ${toMb(availableBytes)} of ${toMb(totalBytes)} left`;
  }
  return null;
}

function toMb(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
