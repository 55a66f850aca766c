import type { FoundHint, Hint } from "./hint.ts";

interface Word {
  text: string;
  start: number;
  end: number;
}

const widestGap = 4;
/** So many words before a phrase may deny it: "please do not run them in parallel". */
const denialReach = 4;
const denials = new Set(
  "not don't dont doesn't isn't shouldn't won't can't cannot never no without instead avoid не без нельзя никогда нет вместо".split(
    " ",
  ),
);

/** The hints whose phrases stand in a text, each once, in the order of the hints. Code and quotations do not count. */
export function findHints(text: string, hints: readonly Hint[]): FoundHint[] {
  const clauses = toClauses(withoutQuoted(text));
  return hints.flatMap((hint) => {
    const found = hint.phrases.flatMap((phrase) => findPhrase(clauses, phrase) ?? [])[0];
    if (found === undefined) return [];
    return [{ hint, phrase: found.phrase, matched: text.slice(found.start, found.end) }];
  });
}

/** Blanks of the same length, so that places stay where they are. */
function withoutQuoted(text: string): string {
  const quoted = /```[^]*?(?:```|(?![^]))|`[^`\n]*`|https?:\/\/\S+|^>.*$|"[^"\n]*"|«[^»\n]*»|“[^”\n]*”/gm;
  return text.replaceAll(quoted, (part) => ".".repeat(part.length));
}

/** Words between marks of punctuation, in lower case, ё as е and ’ as '. */
function toClauses(text: string): Word[][] {
  const clauses: Word[][] = [[]];
  for (const { 0: token, index } of text.matchAll(/[\p{L}\p{N}'’-]+|[^\p{L}\p{N}'’\s-]+|\n\s*\n/gu)) {
    if (/[\p{L}\p{N}]/u.test(token)) {
      clauses.at(-1)?.push({ text: normalise(token), start: index, end: index + token.length });
    } else {
      clauses.push([]);
    }
  }
  return clauses;
}

function normalise(word: string): string {
  return word.toLowerCase().replaceAll("ё", "е").replaceAll("’", "'");
}

interface Place {
  phrase: string;
  start: number;
  end: number;
}

function findPhrase(clauses: readonly Word[][], phrase: string): Place | null {
  const parts = normalise(phrase).split(" ");
  for (const words of clauses) {
    for (const [at, word] of words.entries()) {
      const last = matchFrom(words, at, parts);
      if (last === null || isDenied(words, at)) continue;
      return { phrase, start: word.start, end: words[last]?.end ?? word.end };
    }
  }
  return null;
}

/** The index of the last word of a match that begins there. */
function matchFrom(words: readonly Word[], at: number, parts: readonly string[]): number | null {
  const [part = "", ...rest] = parts;
  if (part === "...") {
    for (let skipped = 0; skipped <= widestGap; skipped += 1) {
      const last = matchFrom(words, at + skipped, rest);
      if (last !== null) return last;
    }
    return null;
  }
  const word = words[at];
  if (word === undefined || !isWord(word.text, part)) return null;
  return rest.length === 0 ? at : matchFrom(words, at + 1, rest);
}

function isWord(word: string, part: string): boolean {
  return part.endsWith("*") ? word.startsWith(part.slice(0, -1)) : word === part;
}

function isDenied(words: readonly Word[], at: number): boolean {
  return words.slice(Math.max(0, at - denialReach), at).some(({ text }) => denials.has(text));
}
