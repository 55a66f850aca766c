import type { StreamEvent } from "../contract/implement.ts";
import { type Deferred, createDeferred } from "../core/deferred.ts";
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
  const source = new Source(iterator, options);
  await source.open();
  const body = new ReadableStream<Uint8Array>(
    { pull: (controller) => source.pull(controller), cancel: () => source.finish() },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { ...baseHeaders, "content-type": "text/event-stream", "x-accel-buffering": "no" },
  });
}

type Controller = ReadableStreamDefaultController<Uint8Array>;
type Arrival =
  | { kind: "event"; result: IteratorResult<StreamEvent, unknown> }
  | { kind: "fault"; error: unknown };

/**
 * The events of one reader. A quiet stream waits for hours and a busy one gets thousands of events: nothing
 * is kept for an event that is over (a race against the reader's signal would keep something for each).
 */
class Source {
  private readonly iterator: AsyncIterator<StreamEvent>;
  private readonly options: EventStreamOptions;
  private readonly wake = (): void => this.wanted?.resolve();
  private timer: NodeJS.Timeout | null = null;
  private timerMs = 0;
  private arrival: Arrival | null = null;
  private isAsking = false;
  private isOpen = true;
  private hasFailed = false;
  private wanted: Deferred<void> | null = null;

  constructor(iterator: AsyncIterator<StreamEvent>, options: EventStreamOptions) {
    this.iterator = iterator;
    this.options = options;
    options.signal.addEventListener("abort", this.wake, { once: true });
  }

  /** Rejects with what the source throws at once. */
  async open(): Promise<void> {
    await this.waitForArrival(openGraceMs);
    if (this.arrival?.kind === "fault") throw this.arrival.error;
  }

  async pull(controller: Controller): Promise<void> {
    const piece = await this.nextPiece();
    if (!this.isOpen) return;
    if (piece !== null) return controller.enqueue(piece);
    this.finish();
    controller.close();
  }

  finish(): void {
    this.isOpen = false;
    this.options.signal.removeEventListener("abort", this.wake);
    if (this.timer !== null) clearTimeout(this.timer);
    // Not awaited by anyone who could act on it: a generator that is busy returns when it gets to it.
    this.iterator.return?.().catch(() => {});
  }

  /** The next piece of the answer; null at the end. */
  private async nextPiece(): Promise<Uint8Array | null> {
    const { signal, heartbeatMs, toProblem } = this.options;
    if (this.hasFailed || signal.aborted) return null;
    await this.waitForArrival(heartbeatMs);
    if (signal.aborted) return null;
    const { arrival } = this;
    if (arrival === null) return encode(heartbeat);
    this.arrival = null;
    if (arrival.kind === "event") return arrival.result.done === true ? null : toBytes(arrival.result.value);
    this.hasFailed = true;
    return encode(`event: problem\ndata: ${JSON.stringify(toProblem(arrival.error))}\n\n`);
  }

  /** Resolves when an event is there, the time is over, or the reader is gone. */
  private async waitForArrival(timeoutMs: number): Promise<void> {
    this.ask();
    if (this.arrival !== null || this.options.signal.aborted) return;
    this.wanted = createDeferred<void>();
    this.setTimer(timeoutMs);
    await this.wanted.promise;
    this.wanted = null;
  }

  /** One timer for all events of the stream: the next one only sets it back. */
  private setTimer(timeoutMs: number): void {
    if (this.timer !== null && this.timerMs === timeoutMs) return void this.timer.refresh();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timerMs = timeoutMs;
    this.timer = setTimeout(this.wake, timeoutMs);
  }

  private ask(): void {
    if (this.isAsking || this.arrival !== null) return;
    this.isAsking = true;
    this.iterator.next().then(
      (result) => this.take({ kind: "event", result }),
      (error: unknown) => this.take({ kind: "fault", error }),
    );
  }

  private take(arrival: Arrival): void {
    this.isAsking = false;
    this.arrival = arrival;
    this.wanted?.resolve();
  }
}

// Five hundred readers of the same event share its bytes: one that stalls keeps no copy of its own.
const written = new WeakMap<StreamEvent, Uint8Array>();

function toBytes(event: StreamEvent): Uint8Array {
  const bytes = written.get(event) ?? encode(toText(event));
  written.set(event, bytes);
  return bytes;
}

/** One event in the format of the HTML standard. JSON has no line breaks of its own. */
function toText({ id, event, data }: StreamEvent): string {
  const idLine = id === null ? "" : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
