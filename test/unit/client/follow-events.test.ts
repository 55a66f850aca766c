import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { createClient } from "../../../src/client/create-client.ts";
import { parseEventStream } from "../../../src/client/event-stream.ts";
import type { SessionEvent } from "../../../src/client/follow-events.ts";
import { answerJson, createLoopbackServer, type LoopbackServer } from "./loopback-server.ts";

function sendEntry(response: ServerResponse, seq: number, type: string): void {
  const entry = { seq, at: "2026-07-01T00:00:00.000Z", type, data: {} };
  response.write(`id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(entry)}\n\n`);
}

/** Running, once its stream has been opened `times` it has ended. */
function statusAfter(server: LoopbackServer, times: number): string {
  return server.received.filter(({ url }) => url.includes("/events")).length < times
    ? "running"
    : "completed";
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
}

async function collectEvents(server: LoopbackServer): Promise<string[]> {
  const client = createClient({ socketPath: server.socketPath });
  const seen: string[] = [];
  for await (const event of client.events("s1")) seen.push(toName(event));
  client.close();
  return seen;
}

function toName(event: SessionEvent): string {
  return event.kind === "entry" ? `${event.entry.seq} ${event.entry.type}` : `live ${event.type}`;
}

test("a stream that breaks off goes on after the last entry, none missed and none twice", async () => {
  await using server = createLoopbackServer();
  await server.start(({ url, headers }, response) => {
    if (!url.includes("/events")) return answerJson(response, 200, { status: statusAfter(server, 2) });
    openStream(response);
    if (headers["last-event-id"] === undefined) {
      sendEntry(response, 1, "session-create");
      sendEntry(response, 2, "session-start");
      setTimeout(() => response.destroy(), 20);
      return;
    }
    // An old daemon might send the last one again.
    sendEntry(response, 2, "session-start");
    sendEntry(response, 3, "session-end");
  });
  expect(await collectEvents(server)).toEqual(["1 session-create", "2 session-start", "3 session-end"]);
  const streams = server.received.filter(({ url }) => url.includes("/events"));
  expect(streams.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "2"]);
  expect(streams[1]?.url).toContain("after=2");
});

test("a daemon that is killed and comes back is only a pause, also for a session that has ended meanwhile", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) => {
    openStream(response);
    sendEntry(response, 1, "session-create");
  });
  const events = collectEvents(server);
  setTimeout(() => void server.kill(), 80);
  setTimeout(
    () =>
      void server.start(({ url }, response) => {
        if (!url.includes("/events")) return answerJson(response, 200, { status: "completed" });
        openStream(response);
        sendEntry(response, 2, "session-end");
      }),
    250,
  );
  expect(await events).toEqual(["1 session-create", "2 session-end"]);
});

test("a session that had ended before leaves the follower at once", async () => {
  await using server = createLoopbackServer();
  await server.start(({ url }, response) => {
    if (!url.includes("/events")) return answerJson(response, 200, { status: "completed" });
    openStream(response);
    response.end();
  });
  expect(await collectEvents(server)).toEqual([]);
});

test("a session that was resumed is followed past its first end", async () => {
  await using server = createLoopbackServer();
  let status = "running";
  await server.start(({ url }, response) => {
    if (!url.includes("/events")) return answerJson(response, 200, { status });
    openStream(response);
    sendEntry(response, 1, "session-end");
    sendEntry(response, 2, "session-resume");
    setTimeout(() => {
      status = "completed";
      sendEntry(response, 3, "session-end");
    }, 50);
  });
  expect(await collectEvents(server)).toEqual(["1 session-end", "2 session-resume", "3 session-end"]);
});

test("a tail is asked for until there was an entry, short texts each time", async () => {
  await using server = createLoopbackServer();
  await server.start(({ url, headers }, response) => {
    if (!url.includes("/events")) return answerJson(response, 200, { status: statusAfter(server, 3) });
    openStream(response);
    const streams = server.received.filter((one) => one.url.includes("/events")).length;
    if (streams === 2) sendEntry(response, 7, "session-create");
    if (headers["last-event-id"] === "7") sendEntry(response, 8, "session-end");
    setTimeout(() => response.destroy(), 20);
  });
  const client = createClient({ socketPath: server.socketPath });
  const seen: string[] = [];
  for await (const event of client.events("s1", { tail: 40, longestText: 500 })) seen.push(toName(event));
  client.close();
  expect(seen).toEqual(["7 session-create", "8 session-end"]);
  const asked = server.received.flatMap(({ url }) =>
    url.includes("/events") ? [url.replace(/.*\?/, "")] : [],
  );
  expect(asked).toEqual([
    "after=0&tail=40&longest_text=500",
    "after=0&tail=40&longest_text=500",
    "after=7&longest_text=500",
  ]);
});

test("an unknown session is refused, not awaited", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) => answerJson(response, 404, { code: "not-found", detail: "None." }));
  await expect(collectEvents(server)).rejects.toMatchObject({ code: "not-found" });
});

test("trouble told inside the stream ends it with that trouble", async () => {
  await using server = createLoopbackServer();
  await server.start((_, response) => {
    openStream(response);
    response.end('event: problem\ndata: {"code":"internal","detail":"Disk."}\n\n');
  });
  await expect(collectEvents(server)).rejects.toMatchObject({ code: "internal", message: "Disk." });
});

test("events are whole however the bytes are cut, and heartbeats are none", async () => {
  const text =
    ': heartbeat\n\nid: 7\nevent: turn-end\ndata: {"a":\ndata: 1}\n\nevent: text-delta\ndata: {}\n\n';
  async function* cut() {
    for (const character of text) yield character;
  }
  const events = [];
  for await (const event of parseEventStream(cut())) events.push(event);
  expect(events).toEqual([
    { id: "7", event: "turn-end", data: '{"a":\n1}' },
    { id: null, event: "text-delta", data: "{}" },
  ]);
});

test("an event of megabytes in hundreds of pieces is read in a time that grows with its size", async () => {
  const piece = "x".repeat(65_536);
  const read = async (count: number): Promise<number> => {
    async function* pieces() {
      yield "event: turn-end\r\ndata: ";
      for (let at = 0; at < count; at += 1) yield piece;
      yield "\r";
      yield "\n\r\n";
    }
    const startedAt = performance.now();
    const events = [];
    for await (const event of parseEventStream(pieces())) events.push(event);
    expect(events.map(({ data }) => data.length)).toEqual([count * piece.length]);
    return performance.now() - startedAt;
  };
  await read(100);
  const [small, large] = [await read(100), await read(800)];
  expect(large).toBeLessThan(Math.max(400, small * 30));
});
