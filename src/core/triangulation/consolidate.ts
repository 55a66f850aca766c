import { type Claim, type Gist, areAlike, findContradiction, toGist } from "./claim.ts";
import { type Verdict, type Weighing, weigh } from "./weigh.ts";

/** Claims that say the same, as one. */
export interface Joined extends Weighing {
  /** Its place in the ranking, from 1. */
  rank: number;
  /** The longest wording. */
  text: string;
  claims: Claim[];
  authors: string[];
  evidence: string[];
}

/** Two that cannot both be right, or one on which the votes are divided. */
export interface Conflict {
  kind: "opposite" | "numbers" | "split-vote";
  ranks: number[];
}

export interface Consolidation {
  findings: Joined[];
  conflicts: Conflict[];
}

interface Group {
  gist: Gist;
  claims: Claim[];
}

const order: Record<Verdict, number> = { accepted: 0, open: 1, contested: 2, rejected: 3 };

/**
 * Joins what says the same, ranks it by the votes of those who did not say it, and names what contradicts. The
 * same claims in any order give the same answer. `quorum`: so many votes decide.
 */
export function consolidate(claims: readonly Claim[], quorum: number): Consolidation {
  const groups = join(claims);
  const joined = groups.map((group) => ({ group, finding: toJoined(group, quorum) }));
  joined.sort((a, b) => compare(a.finding, b.finding));
  joined.forEach(({ finding }, at) => (finding.rank = at + 1));
  return {
    findings: joined.map(({ finding }) => finding),
    conflicts: [
      ...findContradictions(joined.map(({ group }) => group)),
      ...joined.flatMap(({ finding }) =>
        finding.isSplit ? [{ kind: "split-vote" as const, ranks: [finding.rank] }] : [],
      ),
    ],
  };
}

/** Each into the first group that it agrees with; oldest first, so that the order they come in does not matter. */
function join(claims: readonly Claim[]): Group[] {
  const sorted = claims.toSorted((a, b) => a.at - b.at || a.ref.localeCompare(b.ref) || compareTexts(a, b));
  const groups: Group[] = [];
  for (const claim of sorted) {
    const gist = toGist(claim.text);
    const same = groups.find(
      (group) => areAlike(group.gist, gist) && findContradiction(group.gist, gist) === null,
    );
    if (same === undefined) groups.push({ gist, claims: [claim] });
    else same.claims.push(claim);
  }
  return groups;
}

function compareTexts(a: Claim, b: Claim): number {
  return a.text < b.text ? -1 : Number(a.text > b.text);
}

function toJoined({ claims }: Group, quorum: number): Joined {
  const longest = claims.reduce((best, claim) => (claim.text.length > best.text.length ? claim : best));
  const authors = [...new Set(claims.map(({ author }) => author))];
  return {
    ...weigh(claims, quorum),
    rank: 0,
    text: longest.text,
    claims,
    authors,
    evidence: [...new Set(claims.flatMap(({ evidence }) => evidence))],
  };
}

/** By verdict; then who has more behind it: votes, and authors who found it by themselves. */
function compare(a: Joined, b: Joined): number {
  const support = ({ score, authors }: Joined): number => score + authors.length - 1;
  return (
    order[a.verdict] - order[b.verdict] ||
    support(b) - support(a) ||
    b.voters - a.voters ||
    (a.claims[0]?.at ?? 0) - (b.claims[0]?.at ?? 0)
  );
}

function findContradictions(groups: readonly Group[]): Conflict[] {
  return groups.flatMap((one, at) =>
    groups.slice(at + 1).flatMap((other, beyond) => {
      const kind = areAlike(one.gist, other.gist) ? findContradiction(one.gist, other.gist) : null;
      return kind === null ? [] : [{ kind, ranks: [at + 1, at + beyond + 2] }];
    }),
  );
}
