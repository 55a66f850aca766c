import { expect, test } from "vitest";
import { toNeedsYouLines, toNewAskLines } from "../../../src/cli/needs-you.ts";
import { toVisibleText } from "../../../src/cli/plain-text.ts";
import { sampleSession } from "./sample-session.ts";

function asking(id: string, ...what: string[]) {
  const approvals = what.map((text, at) => ({
    number: at + 1,
    tool: "bash",
    what: text,
    until: "2026-01-01T00:00:00.000Z",
    link: `/${id}/${at + 1}`,
  }));
  return { ...sampleSession(), id, approvals };
}

test("a session that asks says how much and what to type, with nothing hidden", () => {
  const lines = toNeedsYouLines([
    asking("3f2a91c4-0000", "command:\nls\nrm \u001b[8m-rf\u001b[0m x\u202e", "command: ls"),
    asking("quiet000-0000"),
  ]);
  expect(lines).toEqual(["2 needs you: profclaw agent answer 3f2a91c4  (bash: ls⏎rm ␛[8m-rf␛[0m x<U+202E>)"]);
});

test("of very many sessions that ask only some are listed, and the rest are counted", () => {
  const many = Array.from({ length: 12 }, (_, at) => asking(`${at}`.padStart(8, "0"), "command: make"));
  expect(toNeedsYouLines(many)).toHaveLength(11);
  expect(toNeedsYouLines(many, 3).at(-1)).toBe("9 more need you: profclaw approvals");
});

test("each ask is told of once", () => {
  const told = new Set<string>();
  expect(toNewAskLines([asking("3f2a91c4", "command: a")], told)).toHaveLength(1);
  expect(toNewAskLines([asking("3f2a91c4", "command: a")], told)).toEqual([]);
  expect(toNewAskLines([asking("3f2a91c4", "command: a", "command: b")], told)[0]).toMatch(/^1 needs you/);
});

test("what is shown for a yes loses no character: escapes, carriage returns, odd spaces", () => {
  expect(toVisibleText("a\r\nb\u001b]0;t\u0007\u00a0\u2800\ufe0f\u200bc\td")).toBe(
    "a␍\nb␛]0;t␇<U+00A0><U+2800><U+FE0F><U+200B>c\td",
  );
});
