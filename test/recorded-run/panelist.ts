import type { Reply } from "../support/model-server/reply.ts";
import { type PastCall, resultsOf } from "./history.ts";
import { type Counts, countPromises, findLeast } from "./promise-counts.ts";

/** How a role goes about the question: where it looks first, and where it checks what others say. */
interface Approach {
  look: { pattern: string; path: string; glob?: string };
  /** The part of a line that says whom it is for. */
  part: RegExp;
  toClaim: (promise: string) => string;
  toEvidence: (count: number) => string;
  check: { path: string; what: string };
}

const approaches: Record<string, Approach> = {
  archivist: {
    look: { pattern: String.raw`^\| P\d`, path: "docs/promises.md" },
    part: /\| [P\d ]+\|/,
    toClaim: (promise) => `${promise} is the promise that is least protected by tests.`,
    toEvidence: (count) => `docs/promises.md: ${count} rows are for it`,
    check: { path: "docs/promises.md", what: "rows of docs/promises.md" },
  },
  explorer: {
    look: { pattern: String.raw`^\s+promise: .*P\d`, path: "test/chaos" },
    part: /promise: .*/,
    toClaim: (promise) => `Of all promises ${promise} is the least protected by tests.`,
    toEvidence: (count) => `test/chaos: ${count} of its faults and proofs are for it`,
    check: { path: "test/chaos", what: "lines of the chaos suite" },
  },
  skeptic: {
    look: { pattern: String.raw`^\s+promise: .*P\d`, path: "test/chaos/faults" },
    part: /promise: .*/,
    toClaim: (promise) => `${promise} is the promise that is least protected by tests.`,
    toEvidence: (count) => `test/chaos/faults: ${count} faults are done for it`,
    check: { path: "test", what: "lines of all tests" },
  },
};

/** A finding of others, as `consolidate` shows it. */
interface Shown {
  text: string;
  authors: string;
  id: string;
}

/** One of the panel: it looks, records what it found, and votes once it is asked to. Null: no such role. */
export function answerPanelist(role: string, calls: readonly PastCall[], isAsked: boolean): Reply | null {
  const approach = approaches[role];
  if (approach === undefined) return null;
  const [looked, checked] = resultsOf(calls, "grep");
  if (looked === undefined) return { toolCalls: [{ name: "grep", input: approach.look }] };
  const { promise, count } = findLeast(countPromises(looked, approach.part));
  const claim = approach.toClaim(promise);
  if (resultsOf(calls, "distill").length === 0) {
    const input = { text: claim, evidence: [approach.toEvidence(count)] };
    return { toolCalls: [{ name: "distill", input }] };
  }
  if (!isAsked) return { text: `${claim} ${approach.toEvidence(count)}.` };
  const [shown] = resultsOf(calls, "consolidate");
  if (shown === undefined) return { toolCalls: [{ name: "consolidate" }] };
  const others = parseShown(shown).filter(({ authors }) => !authors.includes(role));
  if (checked === undefined)
    return { toolCalls: [{ name: "grep", input: toCheck(approach, [promise, ...others.map(toPromise)]) }] };
  const votes = resultsOf(calls, "vote_distill");
  if (votes.length > 0) return { text: `I have checked what others found, and voted: ${votes.join(" ")}` };
  const lines = countPromises(checked, /:.*/);
  return {
    toolCalls: others.map((finding) => ({
      name: "vote_distill",
      input: toVote(finding, promise, { lines, what: approach.check.what }),
    })),
  };
}

function toCheck({ check }: Approach, promises: readonly string[]): { pattern: string; path: string } {
  return { pattern: String.raw`\b(${[...new Set(promises)].join("|")})\b`, path: check.path };
}

/** For it where fewer lines, or as few, name that promise as name one's own; else against it. */
function toVote(
  finding: Shown,
  own: string,
  { lines, what }: { lines: Counts; what: string },
): { finding_id: string; weight: number; reason: string } {
  const other = toPromise(finding);
  const [theirs, ours] = [lines.get(other) ?? 0, lines.get(own) ?? 0];
  const reason = `${theirs} ${what} name ${other}, ${ours} name ${own}.`;
  return { finding_id: finding.id, weight: theirs <= ours ? 1 : -1, reason };
}

function toPromise({ text }: Shown): string {
  return /\bP\d+\b/.exec(text)?.[0] ?? "";
}

function parseShown(text: string): Shown[] {
  const entry = /^\d+\. \[[^\]]*\] (.*)\n {3}By (.*) \((f-[0-9a-f]+)/gm;
  return [...text.matchAll(entry)].map(([, claim = "", authors = "", id = ""]) => ({
    text: claim,
    authors,
    id,
  }));
}
