/** Calls of one lane that were sent in a row at one limit, and what became of them. */
export interface Round {
  readonly id: number;
  /** How many calls it takes. */
  readonly size: number;
  sent: number;
  /** Most calls in flight when one of these was sent. */
  peak: number;
  answered: number;
  refused: number;
  /** Those that ended otherwise count here too. */
  done: number;
}

interface Trial {
  round: Round;
  /** What was cut. */
  before: Round;
  /** The limit before the first of a row of cuts. */
  origin: number;
}

// A share of fewer calls says nothing; more than the most would judge too late.
const leastRound = 16;
const mostRound = 200;
const leastSample = 8;
const leastPeak = 10;
/** Rarer refusals are not told from none. */
const leastShare = 0.05;
/** How near a limit that was cut comes back to where it stood, before it feels its way one by one. */
const nearShare = 0.8;
/** After so many rounds it is asked again whether load is the cause after all; twice as many each time it is not. */
const firstTrust = 40;
const mostTrust = 640;

/**
 * How many calls may be in flight at once: additive increase, multiplicative decrease (Chiu and Jain
 * 1989; RFC 5681 for the slow start below the last cut). A refusal halves it, once per burst: calls sent
 * before the last cut do not cut again, and neither do the first calls after it, until all of them
 * have been heard of and say whether the cut helped. Where it did and nothing more is refused, it comes
 * back quickly to four fifths of where it stood, and from there one by one. Where half the calls are refused as often as all
 * were, our load is not the cause: then the cut is taken back and that share of refusals, `background`,
 * is taken for the provider's own until it grows or has been trusted for a while.
 */
export class AdaptiveLimit {
  /** The share of refusals that does not come from our load; 0 while none is known. */
  background = 0;
  private readonly ceiling: () => number;
  /** Null: never cut, or grown back; follows the ceiling. */
  private level: number | null = null;
  private threshold = 1;
  private nextId = 1;
  private round: Round;
  private cutId: number;
  private trial: Trial | null = null;
  private trusted = 0;
  private trust = firstTrust;

  /** `ceiling`: what it starts at and never exceeds; may change. */
  constructor(ceiling: () => number) {
    this.ceiling = ceiling;
    this.round = this.openRound();
    this.cutId = this.round.id;
  }

  /** Whole, 1 or more. */
  get value(): number {
    return Math.max(1, Math.floor(Math.min(this.level ?? Number.POSITIVE_INFINITY, this.ceiling())));
  }

  /** Where it stood after the last cut, if that is more: what it may soon be again. */
  get expected(): number {
    return Math.min(Math.max(this.value, this.level === null ? 1 : this.threshold), this.ceiling());
  }

  /** A call goes out. The round is to be given back with its outcome. */
  send(inFlight: number): Round {
    if (this.round.sent >= this.round.size) this.round = this.openRound();
    this.round.sent += 1;
    this.round.peak = Math.max(this.round.peak, inFlight);
    return this.round;
  }

  /** `isWanted`: more would have gone out had the limit been higher. */
  answered(round: Round, isWanted: boolean): void {
    round.answered += 1;
    if (isWanted && round.id >= this.cutId) this.grow();
    this.settle(round);
  }

  /** `isProbe`: the only call of a lane that is down says nothing about how many it can take. */
  refused(round: Round, isProbe: boolean): void {
    round.refused += 1;
    const isFirst = round.id >= this.cutId && this.trial === null && this.background === 0;
    if (isFirst && !isProbe) this.cut(round, this.value);
    this.settle(round);
  }

  /** Ended in a way that says nothing about load. */
  passed(round: Round): void {
    this.settle(round);
  }

  /** Nothing is answered at all: one at a time, then back quickly to where the last cut left it. */
  collapse(): void {
    if (this.value > 1) this.threshold = this.value;
    this.level = 1;
    this.startAnew();
  }

  private grow(): void {
    if (this.level === null) return;
    this.level += this.level < this.threshold ? 1 : 1 / this.level;
    if (this.level >= this.ceiling()) this.level = null;
  }

  private cut(before: Round, origin: number): void {
    this.threshold = Math.max(1, Math.floor(this.value / 2));
    // What was allowed and never used was not what the provider refused; a handful of calls says little.
    this.level = Math.min(this.threshold, Math.floor(Math.max(before.peak, leastPeak) / 2));
    this.startAnew();
    this.trial = { round: this.round, before, origin };
  }

  private startAnew(): void {
    this.background = 0;
    this.trial = null;
    this.round = this.openRound();
    this.cutId = this.round.id;
  }

  private settle(round: Round): void {
    round.done += 1;
    if (this.trial?.round === round && (round.done >= round.size || hasHelped(round))) {
      this.judgeCut(this.trial);
    } else if (round.done < round.size) return;
    else if (this.background > 0 && round.id >= this.cutId) this.judgeBackground(round);
  }

  private judgeCut({ round, before, origin }: Trial): void {
    this.trial = null;
    if (!isInVain(before, round)) {
      this.trust = firstTrust;
      if (round.refused > 0) this.cut(round, origin);
      else this.threshold = Math.max(this.threshold, Math.floor(nearShare * Math.min(before.peak, origin)));
      return;
    }
    this.startAnew();
    this.level = origin >= this.ceiling() ? null : origin;
    this.background = toShare(before.refused + round.refused, before.answered + round.answered);
    this.trusted = 0;
    this.trust = Math.min(2 * this.trust, mostTrust);
  }

  private judgeBackground(round: Round): void {
    const share = toShare(round.refused, round.answered);
    const chance = Math.sqrt((this.background * (1 - this.background)) / round.size);
    if (share > this.background + 2 * chance + 0.05) {
      this.cut(round, this.value);
      return;
    }
    this.trusted += 1;
    const next = 0.8 * this.background + 0.2 * share;
    this.background = next < 0.03 || this.trusted >= this.trust ? 0 : next;
  }

  private openRound(): Round {
    const size = Math.min(Math.max(leastRound, this.value), mostRound);
    return { id: this.nextId++, size, sent: 0, peak: 0, answered: 0, refused: 0, done: 0 };
  }
}

/** A refusal comes sooner than an answer: with half of the answers there, none will come. */
function hasHelped({ size, sent, refused, answered }: Round): boolean {
  return sent >= size && refused === 0 && 2 * answered >= size;
}

/** True if fewer calls at once were refused just as often, and most of them answered. */
function isInVain(before: Round, after: Round): boolean {
  if (before.answered + before.refused < leastSample || after.answered + after.refused < leastSample) {
    return false;
  }
  if (before.peak <= after.peak) return false;
  const refusedBefore = toShare(before.refused, before.answered);
  const refusedAfter = toShare(after.refused, after.answered);
  if (refusedBefore < leastShare || refusedAfter < leastShare || refusedAfter > 0.5) return false;
  // Twice the room for each call would have shown in one of the two.
  return 1 - refusedAfter < 1.3 * (1 - refusedBefore) && refusedAfter > 0.35 * refusedBefore;
}

function toShare(refused: number, answered: number): number {
  const all = refused + answered;
  return all === 0 ? 0 : refused / all;
}
