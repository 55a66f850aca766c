import type { TextKind } from "../../core/text-kind.ts";
import type { FoundText, TextQuery } from "../search.ts";
import type { Scope } from "./connection.ts";

/** The texts that hold all the words; where there are too few, those that hold any come behind them. */
export function searchTexts(scope: Scope, query: TextQuery): FoundText[] {
  const terms = toTerms(query.words);
  if (terms.length === 0) return [];
  const wanted = query.skip + query.limit;
  const withAll = findMatches(scope, query, { match: terms.join(" AND "), limit: wanted });
  if (withAll.length >= wanted || terms.length === 1) return withAll.slice(query.skip).map(toFound);
  const known = new Set(withAll.map(({ number }) => number));
  const match = terms.join(" OR ");
  const withAny = findMatches(scope, query, { match, limit: wanted + known.size });
  const behind = withAny.filter(({ number }) => !known.has(number));
  return [...withAll, ...behind].slice(query.skip, wanted).map(toFound);
}

// A longer question is answered by its first words.
const mostTerms = 24;

/**
 * What somebody typed as FTS5 strings: quoted, so that none of its characters is an operator. Words in double
 * quotes stay together; the last word may be the beginning of one, as it is while one types.
 */
function toTerms(words: string): string[] {
  const parts = words.normalize("NFKC").matchAll(/"([^"]*)"|([\p{L}\p{N}\p{M}_]+)/gu);
  const terms = [...parts].flatMap(([, phrase, word]) => {
    const text =
      phrase === undefined ? (word ?? "") : (phrase.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []).join(" ");
    return text === "" ? [] : [`"${text}"`];
  });
  return terms.slice(0, mostTerms);
}

interface MatchRow {
  number: number;
  kind: TextKind;
  session: string;
  ref: string;
  at: number;
  snippet: string;
  score: number;
}

// For those that are shown only: of a common word it would cost more than the search. 24 tokens of the index.
const snippetOfBest = `(SELECT snippet(search_words, 0, '«', '»', '…', 24) FROM search_words
  WHERE search_words MATCH :match AND search_words.rowid = best.number)`;

function findMatches(
  scope: Scope,
  { rootId, batchId, kinds }: TextQuery,
  { match, limit }: { match: string; limit: number },
): MatchRow[] {
  const inBatch = "AND session IN (SELECT id FROM sessions WHERE batch_id = :batch)";
  const ofKind = "AND kind IN (SELECT value FROM json_each(:kinds))";
  const filters = [
    rootId === undefined ? "" : "AND root_id = :root",
    batchId === undefined ? "" : inBatch,
    kinds === undefined ? "" : ofKind,
  ];
  return scope
    .statement(
      `WITH best AS (
         SELECT search_words.rowid AS number, rank FROM search_words
         JOIN search_texts ON search_texts.number = search_words.rowid
         WHERE search_words MATCH :match ${filters.join(" ")} ORDER BY rank LIMIT :limit)
       SELECT best.number, kind, session, ref, at, -best.rank AS score, ${snippetOfBest} AS snippet
       FROM best JOIN search_texts ON search_texts.number = best.number ORDER BY best.rank`,
    )
    .all({
      match,
      limit,
      ...(rootId === undefined ? {} : { root: rootId }),
      ...(batchId === undefined ? {} : { batch: batchId }),
      ...(kinds === undefined ? {} : { kinds: JSON.stringify(kinds) }),
    }) as unknown as MatchRow[];
}

function toFound({ kind, session, ref, at, snippet, score }: MatchRow): FoundText {
  return { kind, sessionId: session === "" ? null : session, ref, at, snippet, score };
}
