import type { CallGate, CallPass, CallReport, PlannedCall } from "../../../src/core/call-gate.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import { noUsage } from "../../../src/core/usage.ts";
import { toRetryDelay } from "../../../src/providers/retry-delay.ts";

/** What the simulated provider does with a call. */
export interface SimulatedReply {
  tookMs: number;
  report: CallReport;
}

export type SimulatedProvider = (call: {
  nowMs: number;
  inFlight: number;
  random: () => number;
}) => SimulatedReply;

export interface CrowdOptions {
  sessions: number;
  /** Calls a session needs to be answered. */
  turns: number;
  /** Slots: sessions that hold one while they call. */
  slots: number;
  provider: SimulatedProvider;
  /** Null: no gate, and a failed call's delay is waited for in the slot, as fixed concurrency does. */
  toGate: ((clock: { now(): number }, random: () => number) => CallGate) | null;
  seed?: number;
  /** Simulated time after which it is given up, ms. */
  untilMs?: number;
  onTick?(crowd: CrowdResult, gate: CallGate | null): void;
}

export interface CrowdResult {
  nowMs: number;
  requests: number;
  answered: number;
  completed: number;
  parks: number;
  mostInFlight: number;
  inFlight: number;
  /** Parks in a row without a call, at most; and the longest time from first asking to going. */
  mostParksInRow: number;
  longestWaitMs: number;
  /** Times at which calls were sent, ms. */
  sentAt: number[];
}

export const answer: CallReport = { kind: "answered", usage: noUsage, costMicroUsd: null };

export function failure(code: string, status: number | null, retryAfterMs: number | null = null): CallReport {
  return { kind: "failed", code, status, retryAfterMs, possiblyBilled: false };
}

/** A planned call of a session that nothing else is known of. */
export function planCall(id: string, more: Partial<PlannedCall> = {}): PlannedCall {
  return {
    session: { id, timeoutMs: 300_000 } as PlannedCall["session"],
    turn: 1,
    provider: "acme",
    model: "m",
    inputTokensAtMost: () => 100,
    outputTokensAtMost: 1_000,
    ...more,
  };
}

/** Mulberry32: the same numbers for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Member {
  id: string;
  left: number;
  failures: number;
  askedAt: number | null;
  parksInRow: number;
}

/** Sessions, slots and a provider on a fixed clock, moved from event to event; the gate is the real one. */
export async function runCrowd(options: CrowdOptions): Promise<CrowdResult> {
  const crowd = new Crowd(options);
  await crowd.run();
  return crowd.result;
}

class Crowd {
  readonly result: CrowdResult = {
    nowMs: 0,
    requests: 0,
    answered: 0,
    completed: 0,
    parks: 0,
    mostInFlight: 0,
    inFlight: 0,
    mostParksInRow: 0,
    longestWaitMs: 0,
    sentAt: [],
  };
  private readonly options: CrowdOptions;
  private readonly clock = createFixedClock(0);
  private readonly random: () => number;
  private readonly gate: CallGate | null;
  private readonly agenda: { at: number; run: () => Promise<void> | void }[] = [];
  private readonly ready: Member[];
  private freeSlots: number;

  constructor(options: CrowdOptions) {
    this.options = options;
    this.random = createRandom(options.seed ?? 1);
    this.gate = options.toGate?.(this.clock, this.random) ?? null;
    this.freeSlots = options.slots;
    this.ready = Array.from({ length: options.sessions }, (_, index) => ({
      id: `s${index}`,
      left: options.turns,
      failures: 0,
      askedAt: null,
      parksInRow: 0,
    }));
  }

  async run(): Promise<void> {
    const endMs = this.options.untilMs ?? Number.POSITIVE_INFINITY;
    await this.pump();
    for (let next = this.takeNext(); next !== undefined && next.at <= endMs; next = this.takeNext()) {
      this.clock.advance(next.at - this.clock.now());
      this.result.nowMs = next.at;
      await next.run();
      await this.pump();
      this.options.onTick?.(this.result, this.gate);
    }
  }

  private takeNext(): { at: number; run: () => Promise<void> | void } | undefined {
    return this.agenda.shift();
  }

  private at(delayMs: number, run: () => Promise<void> | void): void {
    const at = this.clock.now() + delayMs;
    let low = 0;
    let high = this.agenda.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.agenda[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.agenda.splice(low, 0, { at, run });
  }

  private async pump(): Promise<void> {
    while (this.freeSlots > 0) {
      const member = this.ready.shift();
      if (member === undefined) return;
      this.freeSlots -= 1;
      await this.ask(member);
    }
  }

  private async ask(member: Member): Promise<void> {
    member.askedAt ??= this.clock.now();
    if (this.gate === null) {
      this.call(member, null);
      return;
    }
    const admission = await this.gate.enter(planCall(member.id));
    if (admission.kind === "pass") this.call(member, admission.pass);
    else if (admission.kind === "park" && admission.wait.on === "cool-down")
      this.park(member, admission.wait.untilMs);
    else throw new Error(`refused: ${JSON.stringify(admission)}`);
  }

  private park(member: Member, untilMs: number): void {
    member.parksInRow += 1;
    this.result.parks += 1;
    this.result.mostParksInRow = Math.max(this.result.mostParksInRow, member.parksInRow);
    this.freeSlots += 1;
    this.at(untilMs - this.clock.now(), () => void this.ready.unshift(member));
  }

  private call(member: Member, pass: CallPass | null): void {
    const { result } = this;
    const nowMs = this.clock.now();
    result.longestWaitMs = Math.max(result.longestWaitMs, nowMs - (member.askedAt ?? nowMs));
    member.askedAt = null;
    member.parksInRow = 0;
    result.requests += 1;
    result.inFlight += 1;
    result.sentAt.push(nowMs);
    result.mostInFlight = Math.max(result.mostInFlight, result.inFlight);
    const { inFlight } = result;
    const { tookMs, report } = this.options.provider({ nowMs, inFlight, random: this.random });
    this.at(tookMs, () => this.land(member, pass, report));
  }

  private async land(member: Member, pass: CallPass | null, report: CallReport): Promise<void> {
    this.result.inFlight -= 1;
    pass?.leave(report);
    if (report.kind === "failed") {
      member.failures += 1;
      if (pass !== null) await this.ask(member);
      else this.waitInSlot(member, report.retryAfterMs);
      return;
    }
    this.result.answered += 1;
    member.failures = 0;
    member.left -= 1;
    this.freeSlots += 1;
    if (member.left > 0) this.ready.push(member);
    else this.result.completed += 1;
  }

  private waitInSlot(member: Member, retryAfterMs: number | null): void {
    const delayMs = toRetryDelay({ attempt: member.failures, retryAfterMs, random: this.random });
    this.at(delayMs, () => this.ask(member));
  }
}
