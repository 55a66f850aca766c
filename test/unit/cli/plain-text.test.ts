import { expect, test } from "vitest";
import { toJsonText, toOneLine, toPlainText } from "../../../src/cli/plain-text.ts";
import { cutText, fitText, toTextWidth } from "../../../src/cli/text-width.ts";

test.each([
  ["colours and cursor moves go", "a\u001b[31mred\u001b[0m\u001b[2Jb", "aredb"],
  ["a title or a link that is set goes", "\u001b]0;owned\u0007x\u001b]8;;http://evil\u001b\\y", "xy"],
  ["the one-character forms go too", "\u009b31mx\u009d0;t\u009cy", "xy"],
  ["a lone escape shows", "a\u001b", "a␛"],
  [
    "a sequence without an end does not swallow the rest",
    "\u001b]0;never ends\nnext",
    "␛]0;never ends\nnext",
  ],
  ["backspaces and bells show", "rm\u0008\u0008ls\u0007", "rm␈␈ls␇"],
  ["a return to the line's start shows", "good\rEVIL", "good␍EVIL"],
  ["line ends of another system are line ends", "a\r\nb", "a\nb"],
  ["newlines and tabs stay", "a\tb\nc", "a\tb\nc"],
  ["reversed reading order shows", "a\u202eb\u2066c", "a<U+202E>b<U+2066>c"],
  ["what has no width shows", "pay\u200bpal\ufeff", "pay<U+200B>pal<U+FEFF>"],
  ["hidden tag letters show", "x\u{e0041}", "x<U+E0041>"],
  ["other scripts and emoji stay", "日本語 naïve 🚀", "日本語 naïve 🚀"],
])("%s", (_, text, plain) => {
  expect(toPlainText(text)).toBe(plain);
});

test("one line has no line breaks and no double spaces", () => {
  expect(toOneLine("  a\n\n b\tc ")).toBe("a b c");
});

test("JSON for a terminal hides nothing and loses nothing", () => {
  const value = { text: "a\u009b31m\u202e\u{e0041}\u001b" };
  const json = toJsonText(value);
  expect(json).toMatch(/^[ -~\n]*$/);
  expect(JSON.parse(json)).toEqual(value);
});

test.each([
  ["abc", 3],
  ["漢字", 4],
  ["🚀", 2],
  ["e\u0301", 1],
  ["", 0],
])("%j takes %i columns", (text, width) => {
  expect(toTextWidth(text)).toBe(width);
});

test("a cut text is never wider than its room, and a fitted one exactly as wide", () => {
  expect(cutText("漢字漢字", 5)).toBe("漢字…");
  expect(cutText("漢字漢字", 4)).toBe("漢…");
  expect(fitText("漢字", 6)).toBe("漢字  ");
  expect(fitText("7", 3, "right")).toBe("  7");
  expect(cutText("abc", 0)).toBe("");
});
