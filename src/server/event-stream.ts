import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { StreamEvent } from "../contract/implement.ts";
import { baseHeaders } from "./base-headers.ts";
import type { Problem } from "./problem.ts";

/** How a stream is served. */
export interface EventStreamOptions {
  /** Aborted when the client or the server goes away; the events must end by it too. */
  signal: AbortSignal;
  heartbeatMs: number;
  /** What to tell a reader when the source fails after the first event. */
  toProblem: (thrown: unknown) => Problem;
}

/** A quiet session has no first event for hours; after this long without a refusal the stream is open. */
const openGraceMs = 150;
const heartbeat = ": heartbeat\n\n";
const headers = { ...baseHeaders, "content-type": "text/event-stream", "x-accel-buffering": "no" };

/**
 * Serves events as text/event-stream. Rejects with what the source throws at once (then there is still
 * time for a problem with its own status). Pulls the next event only when there is room for it, so a
 * slow reader costs one event of memory.
 *
 * Writes to the connection itself: the body of a Response takes a chain of promises for every event, which
 * outlives the event until the next full collection. With 500 readers that were 10 MB each second.
 */
export async function serveEventStream(
  events: AsyncIterable<StreamEvent>,
  outgoing: ServerResponse,
  options: EventStreamOptions,
): Promise<Response> {
  const iterator = events[Symbol.asyncIterator]();
  const first = iterator.next();
  await Promise.race([first, sleep(openGraceMs, undefined, { ref: false })]);
  outgoing.writeHead(200, headers);
  outgoing.flushHeaders();
  void writeEvents({ iterator, first }, outgoing, options);
  return RESPONSE_ALREADY_SENT;
}

interface Source {
  iterator: AsyncIterator<StreamEvent>;
  first: Promise<IteratorResult<StreamEvent, unknown>>;
}

/** Resolves when the source has ended or failed, or the reader has gone. */
async function writeEvents(
  { iterator, first }: Source,
  outgoing: ServerResponse,
  options: EventStreamOptions,
): Promise<void> {
  const { signal, heartbeatMs, toProblem } = options;
  const beats = setInterval(() => outgoing.writableNeedDrain || outgoing.write(heartbeat), heartbeatMs);
  const end = (): void => {
    clearInterval(beats);
    outgoing.end();
  };
  // A reader that goes while something is written to it is no failure of ours.
  outgoing.on("error", () => undefined);
  signal.addEventListener("abort", end, { once: true });
  try {
    for (let next = await first; next.done !== true && !signal.aborted; next = await iterator.next()) {
      if (!outgoing.write(toBytes(next.value))) await once(outgoing, "drain", { signal });
      beats.refresh();
    }
  } catch (error) {
    if (!signal.aborted) outgoing.write(`event: problem\ndata: ${JSON.stringify(toProblem(error))}\n\n`);
  }
  signal.removeEventListener("abort", end);
  end();
  // Not awaited by anyone who could act on it: a generator that is busy returns when it gets to it.
  iterator.return?.().catch(() => undefined);
}

// Five hundred readers of the same event share its bytes: one that stalls keeps no copy of its own.
const written = new WeakMap<StreamEvent, Uint8Array>();

function toBytes(event: StreamEvent): Uint8Array {
  const bytes = written.get(event) ?? new TextEncoder().encode(toText(event));
  written.set(event, bytes);
  return bytes;
}

/** One event in the format of the HTML standard. JSON has no line breaks of its own. */
function toText({ id, event, data }: StreamEvent): string {
  const idLine = id === null ? "" : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
