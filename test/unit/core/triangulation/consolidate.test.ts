import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Vote } from "../../../../src/core/finding.ts";
import { areAlike, findContradiction, toGist } from "../../../../src/core/triangulation/claim.ts";
import type { Claim } from "../../../../src/core/triangulation/claim.ts";
import { consolidate } from "../../../../src/core/triangulation/consolidate.ts";
import { toConsolidationText } from "../../../../src/core/triangulation/consolidation-text.ts";
import { toStatements } from "../../../../src/core/triangulation/statements.ts";

let at = 0;

function toClaim(author: string, text: string, votes: Record<string, number> = {}): Claim {
  at += 1;
  const ref = `f-${at}`;
  const cast = Object.entries(votes).map(([voter, weight]): Vote => ({
    findingId: ref,
    voter,
    weight,
    reason: null,
    at,
  }));
  return { ref, kind: "finding", author, text, evidence: [`${author}.ts:1`], votes: cast, at };
}

const relation = (a: string, b: string): string => {
  const [one, other] = [toGist(a), toGist(b)];
  return areAlike(one, other) ? (findContradiction(one, other) ?? "same") : "different";
};

describe("what two claims have to do with each other", () => {
  test.each([
    ["The session token is never rotated", "Session tokens are never rotated.", "same"],
    ["The promise has a limit on retries", "Promises have a limit on each retry", "same"],
    ["A class of its own is kept in the cache", "Classes of their own are kept in caches", "same"],
    ["The session token is never rotated", "The session token is rotated", "opposite"],
    ["`retry()` does not back off", "retry() backs off", "opposite"],
    ["The pool holds 10 connections", "The pool holds 25 connections", "numbers"],
    ["The pool holds 10 connections", "The pool holds 10 connections by default", "same"],
    ["Passwords are hashed with MD5", "The API has no rate limit", "different"],
    ["Пароли не хешируются при записи", "Пароли хешируются при записи", "opposite"],
    ["", "anything", "different"],
  ])("%j and %j: %s", (a, b, expected) => {
    expect(relation(a, b)).toBe(expected);
    expect(relation(b, a)).toBe(expected);
  });
});

test("what several found is one finding, with all of its authors, sources and evidence", () => {
  const claims = [
    toClaim("a", "The session token is never rotated"),
    toClaim("b", "Session tokens are never rotated at all"),
    toClaim("c", "The API has no rate limit"),
  ];
  const { findings, conflicts } = consolidate(claims, 1);
  expect(findings).toMatchObject([
    { rank: 1, verdict: "open", authors: ["a", "b"], evidence: ["a.ts:1", "b.ts:1"] },
    { rank: 2, verdict: "open", authors: ["c"], evidence: ["c.ts:1"] },
  ]);
  expect(findings[0]?.claims.map(({ ref }) => ref)).toEqual(claims.slice(0, 2).map(({ ref }) => ref));
  expect(conflicts).toEqual([]);
});

test("votes rank: one a voter over all wordings, none of an author; a quorum decides", () => {
  const claims = [
    toClaim("a", "The API has no rate limit", { a: 1, b: -1, c: -1 }),
    toClaim("a", "Passwords are hashed with plain md5", { b: 1, c: 0.5 }),
    toClaim("b", "Passwords are hashed with plain md5!", { a: 1, c: 1 }),
    toClaim("c", "Logs contain email addresses", { a: 1 }),
  ];
  const { findings } = consolidate(claims, 1);
  // That two have found it by themselves weighs more than a quarter of a vote.
  expect(findings.map(({ text, verdict, score, voters }) => [text, verdict, score, voters])).toEqual([
    ["Passwords are hashed with plain md5!", "accepted", 0.75, 1],
    ["Logs contain email addresses", "accepted", 1, 1],
    ["The API has no rate limit", "rejected", -2, 2],
  ]);
  expect(consolidate(claims, 2).findings.map(({ verdict }) => verdict)).toEqual(["open", "open", "rejected"]);
});

test("conflicts are named: the opposite, other numbers, and divided votes", () => {
  const claims = [
    toClaim("a", "The upload checks the file size"),
    toClaim("b", "The upload does not check the file size"),
    toClaim("a", "The cache keeps entries for 60 seconds"),
    toClaim("b", "The cache keeps entries for 300 seconds"),
    toClaim("c", "Errors are logged twice by the router", { a: 1, b: -0.5 }),
  ];
  const { findings, conflicts } = consolidate(claims, 2);
  const rankOf = (text: string) => findings.find((finding) => finding.text.includes(text))?.rank ?? 0;
  const ranksOf = (...texts: string[]) => texts.map(rankOf).toSorted((a, b) => a - b);
  expect(conflicts).toEqual(
    expect.arrayContaining([
      { kind: "opposite", ranks: ranksOf("checks the", "does not") },
      { kind: "numbers", ranks: ranksOf("60", "300") },
      { kind: "split-vote", ranks: ranksOf("logged twice") },
    ]),
  );
  expect(conflicts).toHaveLength(3);
  const missing = [{ id: "d", status: "failed", reason: "provider-error" }];
  const text = toConsolidationText({ findings, conflicts }, { nameOf: (id) => `agent ${id}`, missing });
  expect(text).toMatch(/#\d and #\d say the opposite of each other/);
  expect(text).toContain("Missing: the answer is degraded:\n- agent d (d): failed, provider-error");
});

test("the same claims in any order give the same answer", () => {
  const claims = [
    toClaim("a", "The session token is never rotated", { b: 1 }),
    toClaim("b", "Session tokens are never rotated", { c: 0.2 }),
    toClaim("c", "The session token is rotated", { a: -1 }),
    toClaim("a", "The pool holds 10 connections"),
    toClaim("b", "The pool holds 25 connections", { a: 1, c: -1 }),
  ];
  const expected = consolidate(claims, 1);
  const shuffled = fc.shuffledSubarray(claims, { minLength: claims.length });
  fc.assert(
    fc.property(shuffled, (order) => {
      expect(consolidate(order, 1)).toEqual(expected);
    }),
  );
});

test("a result's points are its list items, or else its paragraphs, without headings and code", () => {
  const list = "# Findings\n\nSome words.\n\n- The first one is here\n2) The second one is here\n* x\n";
  expect(toStatements(list)).toEqual(["The first one is here", "The second one is here"]);
  const prose =
    "# Title of it all\n\nOne paragraph\nin two lines.\n\n```js\nconst no = 1;\n```\n\nAnother paragraph.";
  expect(toStatements(prose)).toEqual(["One paragraph in two lines.", "Another paragraph."]);
  expect(toStatements("")).toEqual([]);
  expect(toStatements("- an item that says much\n".repeat(200))).toHaveLength(50);
});
