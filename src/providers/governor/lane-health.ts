import type { FailureKind } from "./failure-kind.ts";
import type { LaneFault } from "./wait-text.ts";

/** A failed call, for the lane's health. */
export interface LaneFailure extends LaneFault {
  kind: FailureKind;
  /** The number it was sent under. */
  sequence: number;
  retryAfterMs: number | null;
  /** Calls still in flight beside it. */
  inFlight: number;
  /** True where refusals are known not to come from our load. */
  isSporadic: boolean;
}

const baseMs = 1_000;
const capMs = 30_000;
const leastBackoffMs = 100;
const leastSpreadMs = 1_000;
const longestSpreadMs = 300_000;
/** A lane looks again by itself after so long, whatever a header says. */
export const longestCoolDownMs = 6 * 3_600_000 + 60_000;
/** A shorter Retry-After binds only the session that got it, where refusals are sporadic. */
const privateRetryAfterMs = 10_000;
/** Failures in a row that open the breaker; more if more calls are in flight and may yet be answered. */
const tripAfter = 5;
/** A probe that has not failed by then is a long answer rather than a dead provider. */
const probePatienceMs = 60_000;

/**
 * The cool-down of a lane, one for all its sessions, and its breaker. Back-off is exponential with full
 * jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"), counted per burst of failures, not per
 * session. While the breaker is open one call at a time tries, once the cool-down is over; any answer closes it.
 */
export class LaneHealth {
  /** When the first call failed after the last answer; null if none did. */
  private downSince: number | null = null;
  /** Nothing goes out before; ms since the epoch. */
  coolUntilMs = 0;
  lastFault: LaneFault = { code: "overloaded", status: null };
  private readonly random: () => number;
  private backoffs = 0;
  private streak = 0;
  /** True if a call was answered since the last cool-down. */
  private isAlive = false;
  private isTripped = false;
  /** Calls with a lower number belong to the burst that the present cool-down answers. */
  private burstEnd = 0;
  private probe: { sequence: number; sentAt: number } | null = null;

  constructor(random: () => number) {
    this.random = random;
  }

  /** Over how long those that wait spread after a cool-down: a tenth of the time without an answer, ms. */
  toSpreadMs(nowMs: number): number {
    const downMs = this.downSince === null ? 0 : nowMs - this.downSince;
    return Math.min(Math.max(leastSpreadMs, downMs / 10), longestSpreadMs);
  }

  /** True while a single call tries whether the provider is back. */
  isProbing(nowMs: number): boolean {
    return this.isTripped && this.probe !== null && nowMs < this.probe.sentAt + probePatienceMs;
  }

  /** True if the next call is a probe. */
  get isOpen(): boolean {
    return this.isTripped;
  }

  isProbe(sequence: number): boolean {
    return this.isTripped && this.probe?.sequence === sequence;
  }

  sent(sequence: number, nowMs: number): void {
    if (this.isTripped) this.probe = { sequence, sentAt: nowMs };
  }

  answered(): void {
    this.streak = 0;
    this.isAlive = true;
    this.backoffs = 0;
    this.isTripped = false;
    this.probe = null;
    this.downSince = null;
  }

  /** A call ended that says nothing: if it was the probe, the next one tries. */
  passed(sequence: number): void {
    if (this.probe?.sequence === sequence) this.probe = null;
  }

  /** `isShared`: the lane cools down for it, all sessions wait. `probeFailed`: the provider is still down. */
  failed(
    failure: LaneFailure,
    { nowMs, nextSequence }: { nowMs: number; nextSequence: number },
  ): { isShared: boolean; probeFailed: boolean } {
    const probeFailed = this.isProbe(failure.sequence);
    this.passed(failure.sequence);
    this.lastFault = { code: failure.code, status: failure.status };
    this.streak += 1;
    this.downSince ??= nowMs;
    if (this.streak >= Math.max(tripAfter, failure.inFlight)) this.isTripped = true;
    const isShared = this.isForAll(failure);
    if (!isShared) return { isShared, probeFailed };
    this.isAlive = false;
    const { retryAfterMs } = failure;
    if (retryAfterMs !== null) this.coolDown(nowMs + Math.min(retryAfterMs, longestCoolDownMs));
    if (failure.kind === "quota" || failure.sequence < this.burstEnd) return { isShared, probeFailed };
    this.burstEnd = nextSequence;
    this.backoffs += 1;
    const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(this.backoffs - 1, 16));
    this.coolDown(nowMs + leastBackoffMs + this.random() * ceilingMs);
    return { isShared, probeFailed };
  }

  private isForAll({ kind, retryAfterMs, isSporadic }: LaneFailure): boolean {
    if (this.isTripped || kind === "quota") return true;
    if (isSporadic) return (retryAfterMs ?? 0) > privateRetryAfterMs;
    if (retryAfterMs !== null) return true;
    // One of many that is refused while others are answered: the lower limit is the answer to that.
    return kind === "refusal" && (!this.isAlive || this.streak >= tripAfter);
  }

  private coolDown(untilMs: number): void {
    this.coolUntilMs = Math.max(this.coolUntilMs, Math.ceil(untilMs));
  }
}
