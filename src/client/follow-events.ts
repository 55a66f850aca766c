import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntryView } from "../contract/shapes.ts";
import { isEndStatus, type SessionStatus } from "../core/session.ts";
import { type Connection, openExchange, readText } from "./connection.ts";
import { createEventCutter, type ServerEvent } from "./event-stream.ts";
import { toLoss } from "./loss.ts";
import { persist, type Persistence } from "./persist.ts";
import { toProblemError } from "./problem.ts";

const reopenAfterMs = 100;

/** A journal entry, or what is only seen live (`text-delta`, `activity`). */
export type SessionEvent =
  | { kind: "entry"; entry: JournalEntryView }
  | { kind: "live"; type: string; data: unknown };

export interface FollowOptions {
  /** A seq: only later entries. */
  after?: number;
  /** Begin with the last so many entries. */
  tail?: number;
  /** Characters: of a longer text in an entry only its beginning and its end come, and how much is left out. */
  longestText?: number;
  signal?: AbortSignal;
}

/** What following needs from its client. */
export interface FollowSource {
  connection: Connection;
  persistence: Omit<Persistence, "signal">;
  getStatus(id: string): Promise<SessionStatus>;
}

/**
 * A session's journal from `after`, then live, to its end. Goes on where it was when the daemon is
 * restarted in between: no entry is missed or comes twice.
 */
export async function* followEvents(
  source: FollowSource,
  id: string,
  options: FollowOptions,
): AsyncGenerator<SessionEvent> {
  const { signal, longestText } = options;
  const place: Place = { after: options.after ?? 0, tail: options.tail, isAtEnd: false };
  for (let hasEnded = false; ;) {
    for await (const events of readOnce(source, id, { ...place, longestText, signal })) {
      for (const event of readNew(events, place)) yield event;
      // One that was resumed has an end in the middle.
      if (place.isAtEnd && isEndStatus(await source.getStatus(id))) return;
    }
    if (signal?.aborted || hasEnded) return;
    // The stream was closed without an end: a daemon that is gone, or a session that had ended before. What it
    // wrote while nobody was heard is read by another stream.
    hasEnded = isEndStatus(await source.getStatus(id));
    if (!hasEnded) await sleep(reopenAfterMs);
  }
}

/** How far a reader is. */
interface Place {
  after: number;
  tail: number | undefined;
  /** The last that it read was the session's end. */
  isAtEnd: boolean;
}

function* readNew(events: Iterable<ServerEvent>, place: Place): Generator<SessionEvent> {
  for (const told of events) {
    const event = toSessionEvent(told);
    if (event.kind === "entry" && event.entry.seq <= place.after) continue;
    place.isAtEnd = event.kind === "entry" && event.entry.type === "session-end";
    if (event.kind === "entry") [place.after, place.tail] = [event.entry.seq, undefined];
    yield event;
  }
}

/** What one stream is asked for. */
interface StreamWish {
  after: number;
  tail: number | undefined;
  longestText: number | undefined;
  signal: AbortSignal | undefined;
}

/**
 * The events of each piece that comes. Not one by one: every generator that an event passes takes promises for it,
 * which outlive it until the next full collection.
 */
async function* readOnce(
  source: FollowSource,
  id: string,
  wish: StreamWish,
): AsyncGenerator<Iterable<ServerEvent>> {
  const { signal } = wish;
  if (signal?.aborted) return;
  try {
    const response = await openStream(source, id, wish);
    response.setEncoding("utf8");
    const cutter = createEventCutter();
    for await (const piece of response) yield cutter.add(String(piece));
  } catch (error) {
    if (signal?.aborted) return;
    const loss = toLoss(error, { signal, reusedSocket: false });
    // A stream that breaks off is opened again; only what refuses the opening gets out.
    if (loss === error) throw error;
  }
}

function toSessionEvent({ id, event, data }: ServerEvent): SessionEvent {
  // The daemon's own trouble with the stream, told inside it because its status was sent long ago.
  if (event === "problem") throw toProblemError(500, data);
  const parsed: unknown = JSON.parse(data);
  return id === null
    ? { kind: "live", type: event, data: parsed }
    : { kind: "entry", entry: parsed as JournalEntryView };
}

function openStream(source: FollowSource, id: string, wish: StreamWish) {
  const { connection } = source;
  const { after, signal } = wish;
  const attempt = async () => {
    const response = await openExchange(connection, {
      method: "GET",
      target: `/api/agents/sessions/${encodeURIComponent(id)}/events?${toQuery(wish)}`,
      headers: { accept: "text/event-stream", ...(after > 0 ? { "last-event-id": String(after) } : {}) },
      signal,
    });
    const status = response.statusCode ?? 500;
    if (status >= 400) throw toProblemError(status, await readText(response, signal));
    return response;
  };
  return persist(attempt, { ...source.persistence, signal });
}

function toQuery({ after, tail, longestText }: StreamWish): string {
  const fromEnd = tail === undefined ? "" : `&tail=${tail}`;
  const short = longestText === undefined ? "" : `&longest_text=${longestText}`;
  return `after=${after}${fromEnd}${short}`;
}
