import { request } from "node:http";

/** One server-sent event; `id` is what `Last-Event-ID` takes. */
export interface EventSeen {
  id: string | null;
  event: string;
  data: string;
}

export interface EventWish {
  lastEventId?: string;
  signal?: AbortSignal;
}

/** Reads a stream of events to its end, or until the signal hangs up. */
export async function* readEvents(url: string, wish: EventWish = {}): AsyncGenerator<EventSeen> {
  const headers = {
    accept: "text/event-stream",
    ...(wish.lastEventId === undefined ? {} : { "last-event-id": wish.lastEventId }),
  };
  let rest = "";
  for await (const piece of openBody(url, headers, wish.signal)) {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) if (!block.startsWith(":")) yield parseBlock(block);
  }
}

/** The same, all of it. */
export async function collectEvents(url: string, wish: EventWish = {}): Promise<EventSeen[]> {
  const events: EventSeen[] = [];
  for await (const event of readEvents(url, wish)) events.push(event);
  return events;
}

async function* openBody(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  try {
    const outgoing = request(url, { headers, agent: false, signal: stop.signal });
    const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
      outgoing.once("response", resolve).once("error", reject).end();
    });
    // Whole characters: a piece may end in the middle of one.
    const decoder = new TextDecoder();
    for await (const piece of response) yield decoder.decode(piece, { stream: true });
  } catch (error) {
    // A daemon that is killed ends its streams too; what the reader has is what there was.
    if (!(error instanceof Error)) throw error;
  } finally {
    stop.abort();
  }
}

function parseBlock(block: string): EventSeen {
  const lines = block.split("\n");
  const find = (name: string): string | null =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
  return { id: find("id"), event: find("event") ?? "message", data: find("data") ?? "" };
}
