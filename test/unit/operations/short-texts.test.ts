import { expect, test } from "vitest";
import type { JournalEntryView } from "../../../src/contract/shapes.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { withShortTexts } from "../../../src/operations/short-texts.ts";

const longest = 1_000;

function entryOf(data: JsonValue): JournalEntryView {
  return { seq: 1, at: "2026-07-01T10:00:00.000Z", type: "turn-end", data };
}

function lengthOf(data: JsonValue): number {
  return JSON.stringify(data).length;
}

test("an entry without a long text stays the very same", () => {
  const entry = entryOf({ turn: 1, content: [{ type: "text", text: "x".repeat(longest) }], usage: null });
  expect(withShortTexts(entry, longest)).toBe(entry);
});

test("of a long text its beginning and its end are there, and how much is left out, wherever it stands", () => {
  const text = `begin${"x".repeat(8_000_000)}end`;
  const short = withShortTexts(entryOf({ content: [{ type: "tool-call", input: { file: text } }] }), longest);
  expect(short.data).toEqual({
    content: [
      { type: "tool-call", input: { file: expect.stringMatching(/^beginx+\n\[… 7999008 .*\]\nx+end$/) } },
    ],
  });
  expect(lengthOf(short.data)).toBeLessThan(longest + 200);
  const [whole, rest] = [
    lengthOf({ content: [{ type: "tool-call", input: { file: text } }] }),
    short.cut_characters,
  ];
  // A line break is two characters in JSON.
  expect(lengthOf(short.data) + (rest ?? 0) - 2).toBe(whole);
});

test("no character of two units is cut through", () => {
  for (const before of ["", "x"]) {
    const { data } = withShortTexts(entryOf(`${before}${"😀".repeat(longest)}`), longest);
    // JSON writes out the halves of a character, and those only.
    expect(JSON.stringify(data)).not.toMatch(/\\ud[89a-f]/);
  }
});

test("a text that is hardly too long is left whole: to say what is missing would take more", () => {
  const entry = entryOf("x".repeat(longest + 10));
  expect(withShortTexts(entry, longest)).toBe(entry);
});

test("what is huge by its many members, or by its depth, comes as its shortened JSON", () => {
  const many = withShortTexts(entryOf({ input: Array.from({ length: 500_000 }, (_, at) => at) }), longest);
  expect(many.data).toEqual({ input: expect.stringMatching(/^\[0,1,[^]*left out[^]*499999\]$/) });
  let deep: JsonValue = "x".repeat(50_000);
  for (let at = 0; at < 1_000; at += 1) deep = [deep];
  expect(lengthOf(withShortTexts(entryOf({ input: deep }), longest).data)).toBeLessThan(longest + 300);
});

test("a key that is special elsewhere is a key like others", () => {
  const data = JSON.parse(`{"__proto__":{"text":"${"x".repeat(2_000)}"}}`) as JsonValue;
  const short = withShortTexts(entryOf(data), longest);
  expect(Object.keys(short.data as object)).toEqual(["__proto__"]);
  expect(lengthOf(short.data)).toBeLessThan(longest + 200);
});
