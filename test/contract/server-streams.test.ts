import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createDeferred } from "../../src/core/deferred.ts";
import { expect, test, vi } from "vitest";
import { ProfclawError } from "../../src/core/errors.ts";
import type { CallContext, StreamEvent } from "../../src/contract/implement.ts";
import { echoHandlers, send, startTestServer, type TestServer } from "../unit/server/server-fixture.ts";
import { smallTable } from "../unit/server/small-table.ts";

type Source = (input: { id: string; after: number }, context: CallContext) => AsyncIterable<StreamEvent>;

const startWith = (getNoteEvents: Source, heartbeatMs = 15_000): Promise<TestServer> =>
  startTestServer({
    operations: smallTable,
    handlers: echoHandlers(smallTable),
    streams: { getNoteEvents },
    heartbeatMs,
  });

const accept = { accept: "text/event-stream" };
const path = "/api/notes/abc/events";

/** A journal of so many entries, from the one after `after`. */
async function* journal(after: number, last: number): AsyncIterable<StreamEvent> {
  for (let seq = after + 1; seq <= last; seq += 1) {
    yield { id: String(seq), event: "note", data: { seq, text: "a\nb" } };
  }
}

/** Nothing, until the reader goes away. */
async function* silence({ signal }: CallContext): AsyncIterable<StreamEvent> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  yield* [];
}

test("events come with their ids, names and JSON on one line", async () => {
  const server = await startWith(({ after }) => journal(after, 2));
  const answer = await send(server, { path, headers: accept });
  expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/event-stream"]);
  expect(answer.text).toBe(
    'id: 1\nevent: note\ndata: {"seq":1,"text":"a\\nb"}\n\nid: 2\nevent: note\ndata: {"seq":2,"text":"a\\nb"}\n\n',
  );
});

test("Last-Event-ID resumes behind that event, and counts more than after in the URL", async () => {
  const server = await startWith(({ after }) => journal(after, 5));
  const idsOf = async (query: string, headers = {}): Promise<string[]> => {
    const answer = await send(server, { path: `${path}${query}`, headers: { ...accept, ...headers } });
    return [...answer.text.matchAll(/^id: (\d+)$/gm)].map(([, id = ""]) => id);
  };
  expect(await idsOf("", { "last-event-id": "3" })).toEqual(["4", "5"]);
  expect(await idsOf("?after=4")).toEqual(["5"]);
  expect(await idsOf("?after=1", { "last-event-id": "4" })).toEqual(["5"]);
  const broken = await send(server, { path, headers: { ...accept, "last-event-id": "x" } });
  expect(broken.json).toMatchObject({ status: 422, pointer: "Last-Event-ID" });
});

test("an event without an id does not move where the reader resumes", async () => {
  const server = await startWith(async function* () {
    yield { id: null, event: "delta", data: "x" };
  });
  expect((await send(server, { path, headers: accept })).text).toBe('event: delta\ndata: "x"\n\n');
});

test("without Accept: text/event-stream the answer is the page", async () => {
  const server = await startWith(({ after }) => journal(after, 2));
  const answer = await send(server, { path, headers: { "last-event-id": "7" } });
  expect(answer.json["input"]).toEqual({ id: "abc", after: 7 });
});

test("a refusal at the first event is a problem with its own status", async () => {
  // oxlint-disable-next-line require-yield
  const server = await startWith(async function* () {
    throw new ProfclawError("not-found", "No note abc.");
  });
  const answer = await send(server, { path, headers: accept });
  expect([answer.status, answer.headers["content-type"]]).toEqual([404, "application/problem+json"]);
});

test("a failure behind the first event is told as the last event, and to the log", async () => {
  const server = await startWith(async function* () {
    yield { id: "1", event: "note", data: 1 };
    throw new Error("secret");
  });
  const answer = await send(server, { path, headers: accept });
  expect(answer.status).toBe(200);
  expect(answer.text).toMatch(/^id: 1\n[^]*event: problem\ndata: \{.*"code":"internal".*\}\n\n$/);
  expect(answer.text).not.toContain("secret");
  expect(server.faults).toHaveLength(1);
});

test("a quiet stream opens at once and sends heartbeats, then its event", async () => {
  const server = await startWith(async function* () {
    await sleep(260);
    yield { id: "1", event: "note", data: 1 };
  }, 50);
  const { text } = await send(server, { path, headers: accept });
  const beats = text.split(": heartbeat\n\n").length - 1;
  expect(beats).toBeGreaterThanOrEqual(1);
  expect(beats).toBeLessThanOrEqual(4);
  expect(text).toMatch(/id: 1\nevent: note\ndata: 1\n\n$/);
});

test("a reader that goes away ends the source, waiting or not", async () => {
  const ended = vi.fn<(id: string) => void>();
  const server = await startWith(async function* ({ id }, context) {
    try {
      yield { id: "1", event: "note", data: 1 };
      if (id === "waiting") yield* silence(context);
      for (let seq = 2; ; seq += 1) {
        await sleep(5);
        yield { id: String(seq), event: "note", data: seq };
      }
    } finally {
      ended(id);
    }
  });
  for (const id of ["waiting", "busy"]) {
    const controller = new AbortController();
    const url = `http://127.0.0.1:${server.port}/api/notes/${id}/events`;
    const response = await fetch(url, { headers: accept, signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(id), 2_000);
  }
  expect(server.faults).toEqual([]);
});

test("a call knows that its client went away", async () => {
  const aborted = vi.fn<() => void>();
  const client = new AbortController();
  const server = await startTestServer({
    operations: smallTable,
    handlers: {
      ...echoHandlers(smallTable),
      getNote: async (_, { signal }) => {
        signal.addEventListener("abort", aborted);
        client.abort();
        await once(signal, "abort");
        throw signal.reason;
      },
    },
    streams: { getNoteEvents: ({ after }) => journal(after, 1) },
  });
  await expect(fetch(`${server.urls[0]}/api/notes/a`, { signal: client.signal })).rejects.toThrow("aborted");
  await vi.waitFor(() => expect(aborted).toHaveBeenCalled(), 5_000);
  await sleep(20);
  expect(server.faults).toEqual([]);
});

test("a reader that does not read stops the source after a bounded amount", async () => {
  const chunk = "x".repeat(64 * 1024);
  let made = 0;
  const server = await startWith(async function* () {
    for (; made < 2_000; made += 1) yield { id: String(made), event: "note", data: chunk };
  });
  const socket = connect(server.port, "127.0.0.1");
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`);
  await vi.waitFor(async () => {
    const before = made;
    await sleep(150);
    expect(made).toBeGreaterThan(0);
    expect(made).toBe(before);
  }, 5_000);
  // 2,000 events are 128 MB; what is made fits the kernel's socket buffers.
  expect(made).toBeLessThan(400);
  const stuck = made;
  socket.resume();
  await vi.waitFor(() => expect(made).toBeGreaterThan(stuck), 2_000);
  socket.destroy();
});

test("closing ends streams at once, lets calls finish within the time, and refuses new ones", async () => {
  const source = new EventEmitter<{ finish: [{ input: string }] }>();
  const finished = once(source, "finish").then(([output]) => output);
  const server = await startTestServer({
    operations: smallTable,
    handlers: {
      ...echoHandlers(smallTable),
      getNote: () => finished,
    },
    streams: { getNoteEvents: (_, context) => silence(context) },
  });
  const stream = send(server, { path, headers: accept });
  const call = send(server, { path: "/api/notes/a" });
  await sleep(250);
  const closed = server.close(5_000);
  expect((await stream).text).toBe("");
  await expect(send(server, { path: "/healthz" })).rejects.toThrow("ECONNREFUSED");
  source.emit("finish", { input: "done" });
  expect((await call).json).toEqual({ input: "done" });
  await closed;
});

test("closing cuts what does not finish in time", async () => {
  const begun = createDeferred<void>();
  const getNote = (): Promise<never> => {
    begun.resolve();
    return new Promise<never>(() => {});
  };
  const server = await startTestServer({
    operations: smallTable,
    handlers: { ...echoHandlers(smallTable), getNote },
    streams: { getNoteEvents: (_, context) => silence(context) },
  });
  const call = send(server, { path: "/api/notes/a" });
  const cut = expect(call).rejects.toThrow();
  await begun.promise;
  const startedAt = performance.now();
  await server.close(100);
  await cut;
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
