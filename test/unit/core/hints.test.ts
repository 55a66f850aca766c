import { describe, expect, test } from "vitest";
import { builtInHints, hintData } from "../../../src/core/built-in-hints.ts";
import { findHints } from "../../../src/core/find-hints.ts";
import { type Hint, isHintPhrase } from "../../../src/core/hint.ts";

const idsOf = (text: string, hints: readonly Hint[] = builtInHints): string[] =>
  findHints(text, hints).map(({ hint }) => hint.id);

describe.each(hintData)("T5: $id", ({ id, en, ru, fires, silent, advice }) => {
  test.each(fires)("is brought up by: %s", (sentence) => {
    expect(idsOf(sentence)).toContain(id);
  });

  test.each(silent)("is not brought up by: %s", (sentence) => {
    expect(idsOf(sentence)).not.toContain(id);
  });

  test("has well-formed phrases in both languages, and advice", () => {
    for (const phrase of [...en, ...ru]) expect(isHintPhrase(phrase), phrase).toBe(true);
    for (const phrase of en) expect(phrase).toMatch(/^[ -~]+$/);
    for (const phrase of ru) expect(phrase).toMatch(/^[а-яё *.-]+$/);
    expect(new Set([...en, ...ru]).size).toBe(en.length + ru.length);
    expect(fires.some((sentence) => /[а-я]/i.test(sentence))).toBe(true);
    expect(fires.some((sentence) => /^[ -~]+$/.test(sentence))).toBe(true);
    expect(advice.length).toBeGreaterThan(30);
  });
});

test("every phrase is found where it stands alone, in any case", () => {
  for (const { id, phrases } of builtInHints) {
    for (const phrase of phrases) {
      const spoken = phrase.replaceAll("*", "ом").replaceAll(" ... ", " it all ");
      expect(idsOf(spoken.toUpperCase()), phrase).toContain(id);
    }
  }
});

test("each hint comes once, with its phrase and the words as they stand in the text", () => {
  const found = findHints("Please Split the big\nwork INTO parts; then split it into more.", builtInHints);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ phrase: "split ... into", matched: "Split the big\nwork INTO" });
});

test("code, links and quotations bring up nothing, and an open fence hides the rest", () => {
  expect(idsOf("> in parallel\nno")).toEqual([]);
  expect(idsOf("see https://a.example/in-parallel")).toEqual([]);
  expect(idsOf("«параллельно»")).toEqual([]);
  expect(idsOf("```\nrun in parallel")).toEqual([]);
});

test("a denial counts within its own clause only", () => {
  expect(idsOf("I do not care. Run them in parallel")).toContain("parallel");
  expect(idsOf("please don’t do that in parallel")).toEqual([]);
});

test("a person's own hint is found like ours", () => {
  const own: Hint = { id: "deploy", tool: "spawn", advice: "…", phrases: ["roll ... out", "выкат*"] };
  expect(idsOf("Roll the release out", [own])).toEqual(["deploy"]);
  expect(idsOf("выкати релиз", [own])).toEqual(["deploy"]);
});

test("hostile text takes no time: no phrase looks further than its gap", () => {
  const startedAt = performance.now();
  expect(idsOf("split ".repeat(3_000))).toEqual([]);
  expect(idsOf("`".repeat(20_000))).toEqual([]);
  expect(idsOf('"'.repeat(20_000))).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test.each(["Two  spaces", "... first", "last ...", "UPPER", "a b c d e f g h i", "", "a*b", "semi;colon"])(
  "%j is no phrase",
  (text) => {
    expect(isHintPhrase(text)).toBe(false);
  },
);
