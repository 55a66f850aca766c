import type { Claim } from "./claim.ts";

/**
 * `accepted`, `rejected`: enough have voted, and most of the weight is on that side; `contested`: enough have
 * voted, and the sides are even; `open`: too few have voted.
 */
export type Verdict = "accepted" | "open" | "contested" | "rejected";

export interface Weighing {
  verdict: Verdict;
  /** Sum of the voters' weights. */
  score: number;
  voters: number;
  /** Enough have voted, and some are for it and some against it. */
  isSplit: boolean;
}

/** A voter counts once for all wordings of a claim, and not at all for one that it is an author of. */
export function weigh(claims: readonly Claim[], quorum: number): Weighing {
  const authors = new Set(claims.map(({ author }) => author));
  const byVoter = new Map<string, number[]>();
  for (const { voter, weight } of claims.flatMap(({ votes }) => votes)) {
    if (!authors.has(voter)) byVoter.set(voter, [...(byVoter.get(voter) ?? []), weight]);
  }
  const weights = [...byVoter.values()].map(
    (own) => own.reduce((sum, weight) => sum + weight, 0) / own.length,
  );
  const score = round(weights.reduce((sum, weight) => sum + weight, 0));
  const isDecided = weights.length >= quorum;
  const isSplit = isDecided && weights.some((weight) => weight > 0) && weights.some((weight) => weight < 0);
  return { verdict: toVerdict(score, isDecided), score, voters: weights.length, isSplit };
}

function toVerdict(score: number, isDecided: boolean): Verdict {
  if (!isDecided) return "open";
  if (score === 0) return "contested";
  return score > 0 ? "accepted" : "rejected";
}

/** Sums of tenths stay tenths. */
function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
