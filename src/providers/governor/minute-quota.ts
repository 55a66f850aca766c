import type { CallReport, PlannedCall } from "../../core/call-gate.ts";
import { MinuteBucket } from "./minute-bucket.ts";
import type { Room } from "./waiting-line.ts";

/** What a provider is to be asked at most in a minute; left out: no limit. Whole numbers, 1 or more. */
export interface MinuteLimits {
  requests?: number | undefined;
  tokens?: number | undefined;
}

const firstOutputGuess = 1_000;

/** Requests and tokens per minute of one provider and key, for all its models. */
export class MinuteQuota {
  private requests: MinuteBucket | null = null;
  private tokens: MinuteBucket | null = null;
  private limits: MinuteLimits = {};
  private usualOutput = firstOutputGuess;

  constructor(limits: MinuteLimits, nowMs: number) {
    this.change(limits, nowMs);
  }

  /** Other limits from now on; what this minute has used counts on. */
  change(limits: MinuteLimits, nowMs: number): void {
    this.requests = toBucket(this.requests, limits.requests, nowMs);
    this.tokens = toBucket(this.tokens, limits.tokens, nowMs);
    this.limits = limits;
  }

  /** Tokens to set aside for a call: all that may go in, and what usually comes out. */
  estimate(call: PlannedCall): number {
    if (this.tokens === null) return 0;
    return call.inputTokensAtMost() + Math.min(call.outputTokensAtMost, Math.ceil(this.usualOutput));
  }

  /** What a call of that estimate needs to be there: never more than the bucket can hold. */
  toNeed(estimate: number): number {
    return Math.min(estimate, this.tokens?.capacity ?? 0);
  }

  room(nowMs: number): Pick<Room, "requests" | "tokens"> {
    return {
      requests: this.requests?.room(nowMs) ?? Number.POSITIVE_INFINITY,
      tokens: this.tokens?.room(nowMs) ?? Number.POSITIVE_INFINITY,
    };
  }

  /** Ms until there is enough for `rank` calls like this one and then for it. */
  waitMs(estimate: number, rank: number, nowMs: number): number {
    const { requests = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY } = this.limits;
    const perCall = Math.max(60_000 / requests, (60_000 * estimate) / tokens);
    const first = Math.max(
      this.requests?.waitMs(1, nowMs) ?? 0,
      this.tokens?.waitMs(this.toNeed(estimate), nowMs) ?? 0,
    );
    return first + rank * perCall;
  }

  take(estimate: number): void {
    this.requests?.take(1);
    this.tokens?.take(estimate);
  }

  /** Puts right what was set aside, once it is known what the call took. */
  settle(estimate: number, report: CallReport): void {
    if (report.kind === "failed") {
      if (!report.possiblyBilled) this.tokens?.take(-estimate);
      if (report.code === "not-called") this.requests?.take(-1);
      return;
    }
    const { inputTokens, outputTokens } = report.usage;
    // No call is without input: then the provider told nothing, and the estimate stands.
    if (!(inputTokens > 0) || !(outputTokens >= 0)) return;
    this.usualOutput += 0.2 * (Math.min(outputTokens, 1e6) - this.usualOutput);
    this.tokens?.take(inputTokens + outputTokens - estimate);
  }

  /** "60 requests a minute", for tables. */
  get text(): string {
    const { requests, tokens } = this.limits;
    const parts = [
      requests === undefined ? [] : [`${requests} requests`],
      tokens === undefined ? [] : [`${tokens} tokens`],
    ];
    return `${parts.flat().join(" and ")} a minute`;
  }
}

function toBucket(
  before: MinuteBucket | null,
  perMinute: number | undefined,
  nowMs: number,
): MinuteBucket | null {
  if (perMinute === undefined) return null;
  if (before === null) return new MinuteBucket(perMinute, nowMs);
  before.resize(perMinute, nowMs);
  return before;
}
