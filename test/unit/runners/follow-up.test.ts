import { describe, expect, test } from "vitest";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import { noUsage } from "../../../src/core/usage.ts";
import { findSilentThread, findThread } from "../../../src/runners/external/codex/find-thread.ts";
import { toBeginning, toFollowUp, toUnheard } from "../../../src/runners/external/follow-up.ts";
import { toAnew, toMove } from "../../../src/runners/external/left-program.ts";

const launch: JournalEvent = { type: "agent-launch", run: 1, agent: "codex" };
const spoke: JournalEvent = {
  type: "turn-end",
  turn: 1,
  content: [],
  finish: "stop",
  usage: noUsage,
  costMicroUsd: 0,
  price: null,
  durationMs: 1,
};
const open = (thread: string): JournalEvent => ({ type: "agent-thread", thread });
const mail = (text: string): JournalEvent => ({ type: "message-deliver", messageIds: ["m"], text });
const resume = (text: string): JournalEvent => ({ type: "session-resume", text, key: null });

function toJournal(events: readonly JournalEvent[]): JournalEntry[] {
  return events.map((event) => ({ event }) as JournalEntry);
}

const gone = toMove([], 0) ?? launch;
const goOn = "Go on where you stopped.";

describe("what an agent that has run before is told", () => {
  const rows: { name: string; events: JournalEvent[]; told: string }[] = [
    { name: "nothing before", events: [], told: "the task" },
    { name: "it could say nothing, and was resumed", events: [launch, resume(goOn)], told: "the task" },
    {
      name: "it could say nothing, and had mail",
      events: [launch, mail("a"), resume("b")],
      told: "the task\n\na\n\nb",
    },
    { name: "it was cut off", events: [launch, spoke], told: goOn },
    { name: "it was cut off, and resumed", events: [launch, spoke, resume(goOn)], told: goOn },
    { name: "mail came after it spoke", events: [launch, mail("a"), spoke, mail("b")], told: "b" },
  ];
  test.each(rows)("$name", ({ events, told }) => {
    const journal = toJournal(events);
    expect(toFollowUp(journal) ?? toBeginning("the task", journal)).toBe(told);
  });
});

describe("what one is told whose conversation may have heard some of it", () => {
  const rows: { events: JournalEvent[]; heard: string[]; told: string }[] = [
    { events: [launch], heard: [], told: "the task" },
    { events: [launch], heard: ["the task"], told: goOn },
    { events: [launch, mail("a")], heard: ["the task"], told: "a" },
    { events: [launch, mail("a")], heard: ["the task", "a"], told: goOn },
    { events: [launch, mail("a"), mail("b")], heard: ["the task\n\na"], told: "b" },
    { events: [launch, mail("a"), mail("a")], heard: ["the task", "a"], told: "a" },
    // What it was told before it last spoke it has heard.
    { events: [launch, mail("a"), spoke, resume("b")], heard: [], told: "b" },
    { events: [launch, spoke, resume("b")], heard: ["the task", "b"], told: goOn },
  ];
  test.each(rows)("$events.length events, heard $heard: $told", ({ events, heard, told }) => {
    expect(toUnheard("the task", toJournal(events), heard)).toBe(told);
  });
});

describe("the thread that codex goes on with", () => {
  const rows: { name: string; events: JournalEvent[]; silent: string | null; found: string | null }[] = [
    { name: "none was opened", events: [launch, gone], silent: null, found: null },
    { name: "one that said nothing", events: [launch, open("a"), gone], silent: "a", found: null },
    {
      name: "one that was not kept",
      events: [launch, open("a"), gone, launch, toAnew(0)],
      silent: null,
      found: null,
    },
    { name: "one that spoke", events: [launch, open("a"), spoke, gone], silent: null, found: "a" },
    {
      name: "one after another that was not kept",
      events: [launch, open("a"), gone, launch, toAnew(0), launch, open("b"), gone],
      silent: "b",
      found: null,
    },
    // Of a fork's source: only a copy of it is to be gone on with.
    { name: "its source's", events: [open("a"), spoke, launch], silent: null, found: "a" },
    {
      name: "a copy that said nothing",
      events: [open("a"), spoke, launch, open("b"), gone],
      silent: "b",
      found: "a",
    },
  ];
  test.each(rows)("$name", ({ events, silent, found }) => {
    const journal = toJournal(events);
    expect(findSilentThread(journal)?.threadId ?? null).toBe(silent);
    expect(findThread(journal)?.threadId ?? null).toBe(found);
  });
});
