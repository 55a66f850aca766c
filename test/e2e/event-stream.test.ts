import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JournalEntryView } from "../../src/contract/shapes.ts";
import { type EventSeen, collectEvents, readEvents } from "../support/e2e/event-reader.ts";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

/** Six tool turns, each a little apart, and a last word in pieces. */
function talk({ turn }: ParsedRequest): Reply {
  if (turn < 6) return { toolCalls: [{ name: "list_dir", input: { path: "." } }], delayMs: 40 };
  return { text: "one two three four ", chunks: 4, chunkDelayMs: 40 };
}

beforeAll(async () => {
  stage = await createStage({ script: talk });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

async function spawnTalk(): Promise<string> {
  const { sessions } = await stage.spawn({ sessions: [{ task: "talk", tools: ["list_dir"] }] });
  return sessions[0]?.id ?? "";
}

function toEventsUrl(id: string): string {
  return `${stage.url()}/api/agents/sessions/${id}/events`;
}

async function readJournal(id: string): Promise<JournalEntryView[]> {
  const answer = await stage.rest(`/api/agents/sessions/${id}/events`);
  return answer.json<{ events: JournalEntryView[] }>().events;
}

function toEntries(events: readonly EventSeen[]): JournalEntryView[] {
  return events.filter(({ id }) => id !== null).map(({ data }) => JSON.parse(data) as JournalEntryView);
}

describe.concurrent("while the daemon lives", () => {
  test("the stream is the journal, entry by entry, then live, and ends with the session", async () => {
    const id = await spawnTalk();
    const seen = await collectEvents(toEventsUrl(id));
    expect(toEntries(seen)).toEqual(await readJournal(id));
    expect(seen.filter((event) => event.id !== null).map((event) => event.id)).toEqual(
      Array.from({ length: toEntries(seen).length }, (_, index) => String(index + 1)),
    );
    expect(toEntries(seen).at(-1)?.type).toBe("session-end");
    const live = seen.filter(({ event }) => event === "text-delta");
    expect(live.length).toBeGreaterThan(1);
    expect(live.map(({ data }) => (JSON.parse(data) as { text: string }).text).join("")).toBe(
      "one two three four ",
    );
    expect(live.map((event) => event.id)).toEqual(live.map(() => null));
  });

  test("a reader that hangs up and comes back with Last-Event-ID has no gap and nothing twice", async () => {
    const id = await spawnTalk();
    const [first, second] = await Promise.all([readWithHangUps(id), readWithHangUps(id)]);
    const journal = await readJournal(id);
    expect(first).toEqual(journal);
    expect(second).toEqual(journal);
  });

  test("Last-Event-ID beyond the end answers with nothing and ends; the query's after means the same", async () => {
    const id = await spawnTalk();
    await stage.untilEnded([id]);
    const journal = await readJournal(id);
    const last = String(journal.length);
    expect(await collectEvents(toEventsUrl(id), { lastEventId: last })).toEqual([]);
    const tail = await collectEvents(`${toEventsUrl(id)}?after=${journal.length - 2}`);
    expect(toEntries(tail)).toEqual(journal.slice(-2));
    const paged = await stage.rest(`/api/agents/sessions/${id}/events?after=2&limit=3`);
    expect(paged.json()).toEqual({ events: journal.slice(2, 5), next_after: 5 });
  });

  test("agent logs shows turns, calls and words; --tail the last of them; -f of an ended one just ends", async () => {
    const id = await spawnTalk();
    await stage.untilEnded([id]);
    const [all, tail, followed] = await Promise.all([
      stage.run(["agent", "logs", id]),
      stage.run(["agent", "logs", "--tail", "1", id]),
      stage.run(["agent", "logs", "-f", "--tail", "1", id]),
    ]);
    expect(all.stdout).toMatch(
      /turn 1 ended[\s\S]*→ list_dir[\s\S]*list_dir answered[\s\S]*one two three four[\s\S]*completed \(end-turn\)/,
    );
    expect(tail.stdout).toMatch(/^\d\d:\d\d:\d\d {2}completed \(end-turn\)\n$/);
    expect([followed.exitCode, followed.stdout]).toEqual([0, tail.stdout]);
  });
});

/** Reads three entries at a time, hangs up, and comes back where it was. */
async function readWithHangUps(id: string): Promise<JournalEntryView[]> {
  const entries: JournalEntryView[] = [];
  while (entries.at(-1)?.type !== "session-end") {
    const hangUp = new AbortController();
    const last = entries.at(-1)?.seq;
    const wish = last === undefined ? {} : { lastEventId: String(last) };
    const before = entries.length;
    for await (const event of readEvents(toEventsUrl(id), { ...wish, signal: hangUp.signal })) {
      if (event.id === null) continue;
      entries.push(JSON.parse(event.data) as JournalEntryView);
      if (entries.length === before + 3) break;
    }
    hangUp.abort();
  }
  return entries;
}

test("a stream goes on after a kill -9 of the daemon where it was", async () => {
  const id = await spawnTalk();
  const entries: JournalEntryView[] = [];
  for await (const event of readEvents(toEventsUrl(id))) {
    if (event.id !== null) entries.push(JSON.parse(event.data) as JournalEntryView);
    if (entries.length === 5) break;
  }
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  const lastEventId = String(entries.at(-1)?.seq);
  entries.push(...toEntries(await collectEvents(toEventsUrl(id), { lastEventId })));
  expect(entries).toEqual(await readJournal(id));
  expect(entries.at(-1)).toMatchObject({ type: "session-end", data: { end: { status: "completed" } } });
});

test("agent logs -f prints every entry once, ends with the session, and a kill -9 is only a pause for it", async () => {
  const id = await spawnTalk();
  const following = stage.start(["agent", "logs", "-f", "--json", id]);
  await following.says(/"turn-end"[\s\S]*"turn-end"/);
  killHard(stage.discovery().pid);
  const { exitCode, stdout, stderr } = await following.ended;
  expect(exitCode, stderr).toBe(0);
  const printed = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as JournalEntryView & { session_id: string });
  expect(printed).toEqual((await readJournal(id)).map((entry) => ({ session_id: id, ...entry })));
});
