import { setTimeout as sleep } from "node:timers/promises";
import type { StreamEvent } from "../contract/implement.ts";
import { baseHeaders } from "./base-headers.ts";
import type { Problem } from "./problem.ts";

/** How a stream is served. */
export interface EventStreamOptions {
  /** Aborted when the client or the server goes away. */
  signal: AbortSignal;
  heartbeatMs: number;
  /** What to tell a reader when the source fails after the first event. */
  toProblem: (thrown: unknown) => Problem;
}

/** A quiet session has no first event for hours; after this long without a refusal the stream is open. */
const openGraceMs = 150;
const heartbeat = ": heartbeat\n\n";
const quiet = Symbol("quiet");

/**
 * Serves events as text/event-stream. Rejects with what the source throws at once (then there is still
 * time for a problem with its own status). Pulls the next event only when the last one is written, so a
 * slow reader costs one event of memory.
 */
export async function openEventStream(
  events: AsyncIterable<StreamEvent>,
  options: EventStreamOptions,
): Promise<Response> {
  const iterator = events[Symbol.asyncIterator]();
  const source = createSource(iterator, options);
  await source.open();
  const body = new ReadableStream<Uint8Array>(
    { pull: (controller) => source.pull(controller), cancel: () => source.cancel() },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { ...baseHeaders, "content-type": "text/event-stream", "x-accel-buffering": "no" },
  });
}

type Next = Promise<IteratorResult<StreamEvent, unknown>>;
type Controller = ReadableStreamDefaultController<Uint8Array>;

function createSource(iterator: AsyncIterator<StreamEvent>, options: EventStreamOptions) {
  const { signal, heartbeatMs } = options;
  let pending: Next | null = null;
  let isOpen = true;
  const next = (): Next => {
    pending ??= iterator.next();
    return pending;
  };
  let hasFailed = false;
  /** The next piece of the answer; null at the end. */
  const nextText = async (): Promise<string | null> => {
    if (hasFailed || signal.aborted) return null;
    try {
      const result = await raceTimer(next(), { timeoutMs: heartbeatMs, signal });
      if (signal.aborted) return null;
      if (result === quiet) return heartbeat;
      pending = null;
      return result.done === true ? null : toText(result.value);
    } catch (error) {
      hasFailed = true;
      return signal.aborted ? null : `event: problem\ndata: ${JSON.stringify(options.toProblem(error))}\n\n`;
    }
  };
  const finish = async (): Promise<void> => {
    pending = null;
    isOpen = false;
    // Not awaited by anyone who could act on it: a generator that is busy returns when it gets to it.
    iterator.return?.().catch(() => {});
  };

  return {
    async open(): Promise<void> {
      await raceTimer(next(), { timeoutMs: openGraceMs, signal });
    },
    async pull(controller: Controller): Promise<void> {
      const text = await nextText();
      if (!isOpen) return;
      if (text !== null) return controller.enqueue(encode(text));
      await finish();
      controller.close();
    },
    cancel: finish,
  };
}

/** What comes first: the event, or `quiet` when the time is over or the signal aborts. */
async function raceTimer(
  next: Next,
  limit: { timeoutMs: number; signal: AbortSignal },
): Promise<IteratorResult<StreamEvent, unknown> | typeof quiet> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, limit.signal]);
  const timer = sleep(limit.timeoutMs, quiet, { signal }).catch((): typeof quiet => quiet);
  try {
    return await Promise.race([next, timer]);
  } finally {
    settled.abort();
  }
}

/** One event in the format of the HTML standard. JSON has no line breaks of its own. */
function toText({ id, event, data }: StreamEvent): string {
  const idLine = id === null ? "" : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
