import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventListView, EventView } from "../../src/contract/event-operations.ts";
import { readEvents } from "../support/e2e/event-reader.ts";
import { isAlive, killHard } from "../support/e2e/processes.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});

afterAll(() => stage.close());

/** Reads on until `enough` says so, over daemons that die: as a browser does, by Last-Event-ID. */
async function follow(
  from: string,
  query: string,
  enough: (seen: EventView[]) => boolean,
): Promise<EventView[]> {
  const seen: EventView[] = [];
  let lastEventId = from;
  while (!enough(seen)) {
    // A dead daemon's port may be another's by now.
    await until(() => isAlive(stage.discovery().pid), Boolean);
    const stop = new AbortController();
    const url = `${stage.url()}/api/events${query}`;
    for await (const event of readEvents(url, { lastEventId, signal: stop.signal })) {
      lastEventId = event.id ?? lastEventId;
      seen.push(JSON.parse(event.data) as EventView);
      if (enough(seen)) break;
    }
    stop.abort();
  }
  return seen;
}

async function readPages(query = ""): Promise<EventView[]> {
  const events: EventView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: EventListView = (await stage.rest(`/api/events?limit=4&after=${after}${query}`)).json();
    events.push(...page.events);
    after = page.next_after;
  }
  return events;
}

async function whose(query: string): Promise<Set<string>> {
  return new Set((await readPages(query)).map((event) => event.session_id));
}

const ends = (seen: readonly EventView[]): number => seen.filter(({ type }) => type === "session-end").length;

describe("GET /api/events", () => {
  test("has every entry of every session once and in order, over a daemon that is killed", async () => {
    const before = (await readPages()).at(-1)?.id ?? 0;
    const reading = follow(String(before), "", (seen) => ends(seen) >= 4);
    await stage.spawn({ sessions: [{ task: "one" }, { task: "two" }] });
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    await stage.spawn({ sessions: [{ task: "three" }, { task: "four" }] });
    const seen = await reading;
    const whole = (await readPages()).filter(({ id }) => id > before);
    expect(seen).toEqual(whole.slice(0, seen.length));
    expect(seen.filter(({ type }) => type === "session-create")).toHaveLength(4);
    for (const id of new Set(seen.map((event) => event.session_id))) {
      const seqs = seen.filter((event) => event.session_id === id).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  });

  test("shows only what is asked for", async () => {
    const batch = await stage.spawn({ sessions: [{ task: "a", labels: { team: "red" } }, { task: "b" }] });
    const [red, plain] = batch.sessions.map(({ id }) => id);
    await stage.untilEnded([red ?? "", plain ?? ""]);
    expect(await whose(`&batch=${batch.batch_id}`)).toEqual(new Set([red, plain]));
    expect(await whose("&label=team=red")).toEqual(new Set([red]));
    expect(await whose("&status=failed,timed_out")).toEqual(new Set());
    const unknown = await stage.rest("/api/events?batch=00000000", {
      headers: { accept: "text/event-stream" },
    });
    expect([unknown.status, unknown.json<ProblemSeen>().code]).toEqual([404, "not-found"]);
    for (const query of ["after=-1", "after=x", "limit=0", "status=done", "label=x", "since=1"]) {
      const answer = await stage.rest(`/api/events?${query}`);
      expect([query, answer.status]).toEqual([query, 422]);
    }
  });
});

test("a session's log is text for people, in parts where it is long", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "log me\u001b[31m" }] });
  const id = sessions[0]?.id ?? "";
  await stage.untilEnded([id]);
  const log = await stage.rest(`/api/agents/sessions/${id}/log`);
  expect(log.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(log.text).toMatch(/accepted\n.*started\n[^]*completed/);
  expect(log.text).toContain("done: log me");
  expect(log.text).not.toContain("\u001b");
  const first = await stage.rest(`/api/agents/sessions/${id}/log?limit=1`);
  expect(first.text).toMatch(/^\S+ {2}accepted\n… \d+ more entries: \?after=1\n$/);
  const rest = await stage.rest(`/api/agents/sessions/${id}/log?after=1`);
  expect(first.text.split("\n")[0] + "\n" + rest.text).toBe(log.text);
  expect((await stage.rest(`/api/agents/sessions/${id}/log?tail=1`)).text).toMatch(/^\S+ {2}completed/);
});

test("the tools are listed with what a model gives them", async () => {
  const { tools } = (await stage.rest("/api/tools")).json<{ tools: { name: string; input: object }[] }>();
  expect(tools.map(({ name }) => name)).toContain("read_file");
  for (const tool of tools) expect(tool).toMatchObject({ input: { type: "object" } });
});
