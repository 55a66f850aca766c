import { expect, test } from "vitest";
import { toExitCode } from "../../../src/cli/outcome.ts";
import { toCostText } from "../../../src/cli/money-text.ts";
import { renderFailure } from "../../../src/cli/failure.ts";
import { parseDurationFlag } from "../../../src/cli/flag-values.ts";
import { toQuery } from "../../../src/cli/commands/agent-sessions.ts";
import { parseSince } from "../../../src/cli/commands/agent-logs.ts";
import { renderEntry } from "../../../src/core/journal-text.ts";
import { ProfclawError } from "../../../src/core/errors.ts";

test.each([
  [["completed", "completed"], 0],
  [["completed", "failed"], 1],
  [["completed", "timed_out"], 124],
  [["failed", "timed_out"], 1],
  [["cancelled"], 1],
  [["interrupted"], 1],
  [["running", "completed"], 0],
] as const)("sessions that ended %j make exit code %i", (statuses, code) => {
  expect(toExitCode(statuses.map((status) => ({ status })))).toBe(code);
});

test.each([
  [null, "unpriced"],
  ["0.00", "$0.00"],
  ["0.0123", "$0.0123"],
  ["0.000001", "<$0.0001"],
  ["12.345678", "$12.35"],
])("a cost of %j reads %s", (usd, text) => {
  expect(toCostText(usd)).toBe(text);
});

test("a failure says what, where, and what to do", () => {
  const failure = new ProfclawError("unknown-tool", "No tool grpe.", {
    pointer: "/sessions/0",
    hint: "grep?\nglob?",
  });
  expect(renderFailure(failure)).toEqual(["profclaw: No tool grpe. (at /sessions/0)", "  grep?", "  glob?"]);
});

test("a failure's words cannot paint the terminal", () => {
  const failure = new ProfclawError("not-found", "No \u001b[31mred\u001b[0m.");
  expect(renderFailure(failure)).toEqual(["profclaw: No red."]);
});

test.each([
  ["90s", 90_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1500", 1_500],
])("--timeout %s is %i ms", (text, ms) => {
  expect(parseDurationFlag("--timeout", text)).toBe(ms);
});

test("without -a only what lives is asked for, with it everything", () => {
  expect(toQuery({ limit: "100" })).toEqual({ limit: 100, status: ["queued", "running", "waiting"] });
  expect(toQuery({ limit: "5", all: true })).toEqual({ limit: 5 });
  expect(toQuery({ limit: "5", status: ["failed,timed_out"], label: ["a=b"] })).toEqual({
    limit: 5,
    status: ["failed", "timed_out"],
    label: ["a=b"],
  });
  expect(() => toQuery({ limit: "0" })).toThrow(/--limit/);
});

test("--since is a time ago or a point in time", () => {
  expect(parseSince("10m", 1_000_000)).toBe(400_000);
  expect(parseSince("2026-07-01T00:00:00Z", 0)).toBe(Date.parse("2026-07-01T00:00:00Z"));
  expect(parseSince(undefined, 5)).toBe(0);
  expect(() => parseSince("yesterday", 0)).toThrow(/--since/);
});

test("a journal entry reads as what was said and done", () => {
  const at = "2026-07-01T10:00:00.000Z";
  const content = [
    { type: "text", text: "Let me look.\u001b[2J" },
    { type: "tool-call", toolName: "grep", input: { pattern: "auth" } },
  ];
  const data = { turn: 1, content, finish: "tool-calls", durationMs: 1200 };
  const lines = renderEntry({ seq: 4, at, type: "turn-end", data });
  expect(lines.map((line) => line.slice(10))).toEqual([
    "turn 1 ended (tool-calls) after 1.2s",
    "Let me look.",
    '→ grep {"pattern":"auth"}',
  ]);
  expect(renderEntry({ seq: 5, at, type: "new-thing", data: { a: 1 } })[0]).toContain('new-thing {"a":1}');
});
