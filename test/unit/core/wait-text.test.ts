import { expect, test } from "vitest";
import { renderEntry } from "../../../src/core/journal-text.ts";
import { toWaitText } from "../../../src/core/wait-text.ts";

const ids = ["8a43746f-6368-4b78-bcd0-9c83af91f273", "a308627b-c160-4450-97fa-cff19a18ef9f"];
const call = { untilMs: 1, livingIds: ids, taskIds: ids, questionIds: [], anyMail: true };

test.each<[Record<string, unknown>, string]>([
  [{ on: "child", sessionIds: ids }, "waits for 2 sessions (8a43746f, a308627b)"],
  [{ on: "child", sessionIds: ids.slice(0, 1) }, "waits for 1 session (8a43746f)"],
  [
    { on: "child", sessionIds: Array.from({ length: 9 }, () => ids[0]) },
    "waits for 9 sessions (8a43746f, 8a43746f, 8a43746f, 8a43746f, 8a43746f, …)",
  ],
  [{ on: "message", call }, "waits for 2 sessions (8a43746f, a308627b) or mail"],
  [
    { on: "message", call: { ...call, livingIds: [], questionIds: ["q"], anyMail: false } },
    "waits for an answer",
  ],
  [{ on: "message" }, "waits for mail"],
  [{ on: "approval", untilMs: 1, asks: [] }, "waits for a yes"],
  [{ on: "cool-down", untilMs: 1, detail: "429\nfrom groq" }, "waits for its provider: 429 from groq"],
  [{ on: "cool-down", untilMs: 1, detail: "mail", relaunch: "mail" }, "waits a moment: mail"],
  [{ on: "credential", provider: "groq", untilMs: 1 }, "waits for a key for groq"],
  [{ on: "the moon" }, 'waits: {"on":"the moon"}'],
])("%j: %s", (wait, text) => {
  expect(toWaitText(wait)).toBe(text);
});

const lines = (type: string, data: object): string[] =>
  renderEntry({ seq: 1, at: "2026-11-21T12:00:00Z", type, data: data as never }).map((line) =>
    line.slice(10),
  );

test("a log says of a call that stays open for what, and shows no empty lines", () => {
  expect(lines("tool-pending", { toolCallId: "a", sessionIds: ids })).toEqual([
    "the call stays open for 2 sessions (8a43746f, a308627b)",
  ]);
  expect(lines("tool-pending", { toolCallId: "a", sessionIds: [], wait: {} })).toEqual([
    "the call stays open",
  ]);
  expect(lines("message-deliver", { messageIds: ["a"], text: "" })).toEqual(["mail"]);
});
