import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { toConfigFlags } from "../../../src/runners/external/codex/exec-flags.ts";
import { createServerBook, probeServer } from "../../../src/runners/external/codex/probe-server.ts";
import { readCodexExec } from "../../../src/runners/external/codex/read-codex-exec.ts";
import type { AgentNews } from "../../../src/runners/external/driver.ts";

const path = process.env["PATH"] ?? "";
const session = { model: "gpt-6-sol", schema: null } as SessionRecord;
const end = { exitCode: 0, signal: null, notStarted: null, stopped: null, cutBytes: 0, endedAt: 0 };

function install(fake: string): string {
  const [file, first = ""] = fake.split(" ");
  const folder = mkdtempSync(join(tmpdir(), "profclaw-exec-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "codex");
  const code = fileURLToPath(new URL(`../../support/agents/${file}`, import.meta.url));
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${code}" ${first} "$@"\n`, { mode: 0o755 });
  return program;
}

test.each([
  { fake: "fake-codex.ts", answer: "answers" },
  { fake: "fake-codex-exec.ts brittle", answer: "answers" },
  { fake: "fake-codex-exec.ts none", answer: "gone" },
  { fake: "fake-codex-exec.ts dies", answer: "gone" },
  { fake: "fake-codex-exec.ts mute", answer: "silent", withinMs: 300 },
])(
  "the app-server of $fake is seen for what it is: $answer",
  async ({ fake, answer, withinMs = 20_000 }) => {
    expect(await probeServer({ program: install(fake), path, settings: {} }, { withinMs })).toBe(answer);
  },
  30_000,
);

test("a program that is not there has none; one that is replaced is asked again, and an unchanged one is not", async () => {
  const book = createServerBook();
  expect(await book.hasServer({ program: "/nowhere/codex", path, settings: {} })).toBe(false);
  const program = install("fake-codex-exec.ts none");
  const server = { program, path, settings: {} };
  expect(await book.hasServer(server)).toBe(false);
  const started = performance.now();
  expect(await book.hasServer(server)).toBe(false);
  expect(performance.now() - started).toBeLessThan(20);
  const fake = fileURLToPath(new URL("../../support/agents/fake-codex.ts", import.meta.url));
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${fake}" "$@"\n`);
  expect(await book.hasServer(server)).toBe(true);
}, 30_000);

test("one that starts only with a variable of the user's settings is asked with it, and anew when they change", async () => {
  const book = createServerBook();
  const program = install("fake-codex.ts");
  const text = readFileSync(program, "utf8").replace(
    "exec ",
    '[ "$NEEDED$CODEX_HOME" != "$CODEX_HOME" ] || exit 1\nexec ',
  );
  writeFileSync(program, text);
  const ask = (settings: Record<string, string>): Promise<boolean> =>
    book.hasServer({ program, path, settings });
  expect([await ask({}), await ask({ NEEDED: "yes" }), await ask({})]).toEqual([false, true, false]);
}, 30_000);

test("settings are inline TOML, whatever is in them", () => {
  const text = 'a "quoted" \\ line\nand \u007f, \ud83d\ude00 and half: \ud83d';
  expect(
    toConfigFlags({ text, servers: { "my two": { enabled: false } }, list: ["a", 1, true], none: {} }),
  ).toEqual([
    "-c",
    String.raw`text="a \"quoted\" \\ line\nand \u007f, 😀 and half: ` + '\ufffd"',
    "-c",
    'servers={"my two" = {"enabled" = false}}',
    "-c",
    'list=["a", 1, true]',
    "-c",
    "none={}",
  ]);
});

test("a setting that no argument holds is refused with what to do", () => {
  expect(() => toConfigFlags({ developer_instructions: "x".repeat(130_000) })).toThrow(
    /developer_instructions has 130\d+ bytes/,
  );
});

function read(lines: readonly object[], events: readonly JournalEvent[] = []): AgentNews[] {
  const journal = events.map((event) => ({ event }) as JournalEntry);
  const reader = readCodexExec(session, journal);
  const news = lines.flatMap((line) => reader.line({ text: JSON.stringify(line), droppedCharacters: 0 }));
  return [...news, ...reader.end(end, "").news].filter(({ kind }) => kind !== "live");
}

const started = { type: "thread.started", thread_id: "t-1" };
const usage = (input: number, output: number): object => ({ input_tokens: input, output_tokens: output });
const answer = { type: "item.completed", item: { id: "item_1", type: "agent_message", text: "done" } };
const command = { id: "item_0", type: "command_execution", command: "ls", exit_code: 0 };

test("what a thread has used before is no part of what a run has used", () => {
  const turn = {
    type: "turn-end",
    usage: { inputTokens: 700, outputTokens: 70, cacheReadTokens: 0, cacheWriteTokens: 0 },
  };
  const before = [
    { type: "agent-launch", run: 1, agent: "codex", wire: "exec" },
    { type: "agent-thread", thread: "t-1" },
    turn,
  ] as JournalEvent[];
  const lines = [started, answer, { type: "turn.completed", usage: usage(1_000, 100) }];
  expect(read(lines, before)).toMatchObject([
    { kind: "thread", thread: "t-1" },
    { kind: "turn", usage: { inputTokens: 300, outputTokens: 30 } },
  ]);
  // Nothing was got out of that thread: it is not gone on with.
  expect(read(lines, before.slice(0, 2))).toMatchObject([{}, { usage: { inputTokens: 1_000 } }]);
});

test("a call ends a turn that took nothing; the last turn took all, and none is told where the run broke off", () => {
  const lines = [started, { type: "item.started", item: command }, { type: "item.completed", item: command }];
  const called = [
    { kind: "thread" },
    {
      kind: "turn",
      finish: "tool-calls",
      usage: { inputTokens: 0 },
      content: [{ toolCallId: "1.item_0", toolName: "shell" }],
    },
    { kind: "tool-result", toolCallId: "1.item_0", isError: false },
    { kind: "turn-start" },
  ];
  expect(read(lines)).toMatchObject(called);
  expect(read([...lines, answer])).toMatchObject([...called, { kind: "turn", usage: null }]);
  const whole = [...lines, answer, { type: "turn.completed", usage: usage(9, 1) }];
  expect(read(whole)).toMatchObject([...called, { kind: "turn", usage: { inputTokens: 9 } }]);
});

test("a turn that failed is told with what to do, and an end in the middle is no answer", () => {
  const reader = readCodexExec(session, []);
  const say = (line: object): unknown => reader.line({ text: JSON.stringify(line), droppedCharacters: 0 });
  say(started);
  say({ type: "turn.failed", error: { message: "unexpected status 401 Unauthorized: bad key" } });
  expect(reader.end({ ...end, exitCode: 1 }, "").outcome).toMatchObject({
    kind: "failed",
    fault: { code: "agent-not-logged-in" },
  });
  const other = readCodexExec(session, []);
  other.line({ text: JSON.stringify(started), droppedCharacters: 0 });
  expect(other.end(end, "").outcome).toMatchObject({ kind: "failed", fault: { code: "agent-no-answer" } });
});
