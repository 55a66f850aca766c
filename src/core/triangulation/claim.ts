import type { Vote } from "../finding.ts";

/** One thing that one author says: a finding, or a statement of a result. */
export interface Claim {
  /** The finding's id, or the session's. */
  ref: string;
  kind: "finding" | "result";
  author: string;
  text: string;
  evidence: string[];
  votes: readonly Vote[];
  at: number;
}

/** What a claim says, in a form that can be compared. */
export interface Gist {
  words: ReadonlySet<string>;
  numbers: ReadonlySet<string>;
  isNegated: boolean;
}

// Words that carry no claim, in English and Russian.
const fillers = new Set(
  (
    "a an the is are was were be been being of in on at to for from by with and or as it its this that these those there " +
    "here has have had do does did will would can could should may might must we you they he she i our your their which who " +
    "и в во на с со по к ко у о об от до из за для это этот эта эти тот та те что как так же ли бы а но или есть был была были"
  ).split(" "),
);

const negations =
  /(?:^|[^\p{L}])(?:not|no|never|none|without|cannot|isn't|aren't|wasn't|weren't|doesn't|don't|didn't|hasn't|haven't|hadn't|won't|can't|couldn't|shouldn't|не|нет|ни|никогда|без)(?=$|[^\p{L}])/giu;

/** Letters without case and plural, numbers apart, and whether it denies. */
export function toGist(text: string): Gist {
  const plain = text.normalize("NFKC").toLowerCase().replaceAll("’", "'");
  // Not counted: "never, not even after …" denies once.
  const isNegated = plain.search(negations) !== -1;
  const bare = plain.replaceAll(negations, " ");
  const numbers = bare.match(/\p{N}+(?:[.,]\p{N}+)*/gu) ?? [];
  const words = bare.match(/\p{L}[\p{L}_']*/gu) ?? [];
  return {
    words: new Set(words.filter((word) => !fillers.has(word)).map(toStem)),
    numbers: new Set(numbers),
    isNegated,
  };
}

/** Singular and plural alike: promise, promises; retry, retries; class, classes. */
function toStem(word: string): string {
  const own = word.replace(/'s$/, "");
  return own.length > 4 ? own.replace(/(?:es|e|(?<!s)s)$/, "").replace(/y$/, "i") : own;
}

// Below these two texts are about different things: found on reviews of the same code by different models.
const leastAlike = 0.6;
const leastContained = 0.85;
const leastWordsContained = 5;

/** True if both speak of the same thing, whether they agree or not. */
export function areAlike(a: Gist, b: Gist): boolean {
  const [fewer, more] = a.words.size <= b.words.size ? [a.words, b.words] : [b.words, a.words];
  if (fewer.size === 0) return false;
  const shared = [...fewer].filter((word) => more.has(word)).length;
  if (shared / (a.words.size + b.words.size - shared) >= leastAlike) return true;
  return fewer.size >= leastWordsContained && shared / fewer.size >= leastContained;
}

/** How two claims about the same thing contradict each other; null: they do not. */
export function findContradiction(a: Gist, b: Gist): "opposite" | "numbers" | null {
  if (a.isNegated !== b.isNegated) return "opposite";
  const bothCount = a.numbers.size > 0 && b.numbers.size > 0;
  const isSame = a.numbers.size === b.numbers.size && [...a.numbers].every((number) => b.numbers.has(number));
  return bothCount && !isSame ? "numbers" : null;
}
