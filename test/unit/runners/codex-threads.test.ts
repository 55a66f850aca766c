import { describe, expect, test } from "vitest";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { readCodex } from "../../../src/runners/external/codex/read-codex.ts";
import type { OutputReader } from "../../../src/runners/external/driver.ts";

const session = {
  id: "s",
  task: "the task",
  model: "gpt-6-sol",
  effort: null,
  schema: null,
} as SessionRecord;
const end = { exitCode: 0, signal: null, notStarted: null, stopped: null, cutBytes: 0, endedAt: 0 };
const silent: JournalEvent[] = [
  { type: "agent-launch", run: 1, agent: "codex" },
  { type: "agent-thread", thread: "t-1" },
];

function begin(events: readonly JournalEvent[]): OutputReader {
  return readCodex(
    session,
    events.map((event) => ({ event }) as JournalEntry),
  );
}

function read(reader: OutputReader, message: object): unknown[] {
  return reader.line({ text: JSON.stringify(message), droppedCharacters: 0 });
}

describe("a thread that is refused", () => {
  const refusal = { code: -32600, message: "no rollout found for thread id t-1" };

  test("fails the session where it was to be a new one; mail that comes then does not keep it waiting", () => {
    const reader = begin([]);
    expect(read(reader, { id: "s.1:open", error: refusal })).toEqual([{ kind: "idle" }]);
    expect(reader.say?.({ id: "m", text: "hello" })).toEqual([{ kind: "idle" }]);
    expect(reader.end(end, "").outcome).toMatchObject({ kind: "failed", fault: { code: "agent-failed" } });
  });

  test("is begun anew where nobody knew whether it was kept", () => {
    const reader = begin(silent);
    expect(read(reader, { id: "s.2:open", error: refusal })).toEqual([{ kind: "idle" }]);
    expect(reader.end(end, "").outcome).toEqual({ kind: "unkept", text: "" });
  });
});

describe("a thread that is taken up without a word of it", () => {
  const heard = [{ items: [{ type: "userMessage", content: [{ type: "text", text: "the task" }] }] }];

  test.each([
    { turns: heard, told: "Go on where you stopped." },
    { turns: [], told: "the task" },
  ])("with $turns.length turns is told: $told", ({ turns, told }) => {
    const news = read(begin(silent), { id: "s.2:open", result: { thread: { id: "t-1", turns } } });
    expect(news).toMatchObject([
      { kind: "thread", thread: "t-1" },
      { kind: "write", id: "s.2:task" },
    ]);
    const { text = "{}" } = news[1] as { text?: string };
    expect(JSON.parse(text)).toMatchObject({ method: "turn/start", params: { input: [{ text: told }] } });
  });
});
