import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntryView } from "../contract/shapes.ts";
import { isEndStatus, type SessionStatus } from "../core/session.ts";
import { type Connection, openExchange, readText } from "./connection.ts";
import { parseEventStream } from "./event-stream.ts";
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
  let after = options.after ?? 0;
  for (;;) {
    for await (const event of readOnce(source, id, { ...options, after })) {
      if (event.kind === "entry" && event.entry.seq <= after) continue;
      if (event.kind === "entry") after = event.entry.seq;
      yield event;
      if (event.kind === "entry" && event.entry.type === "session-end") return;
    }
    if (options.signal?.aborted) return;
    // The stream was closed without an end: a daemon that drains, or a session that had ended before.
    if (isEndStatus(await source.getStatus(id))) return;
    await sleep(reopenAfterMs);
  }
}

async function* readOnce(
  source: FollowSource,
  id: string,
  options: FollowOptions & { after: number },
): AsyncGenerator<SessionEvent> {
  const { signal } = options;
  if (signal?.aborted) return;
  try {
    const response = await openStream(source, id, options);
    response.setEncoding("utf8");
    for await (const event of parseEventStream(response)) {
      // The daemon's own trouble with the stream, told inside it because its status was sent long ago.
      if (event.event === "problem") throw toProblemError(500, event.data);
      const data: unknown = JSON.parse(event.data);
      yield event.id === null
        ? { kind: "live", type: event.event, data }
        : { kind: "entry", entry: data as JournalEntryView };
    }
  } catch (error) {
    if (signal?.aborted) return;
    const loss = toLoss(error, { signal, reusedSocket: false });
    // A stream that breaks off is opened again; only what refuses the opening gets out.
    if (loss === error) throw error;
  }
}

function openStream(source: FollowSource, id: string, options: FollowOptions & { after: number }) {
  const { connection } = source;
  const { after, signal } = options;
  const attempt = async () => {
    const response = await openExchange(connection, {
      method: "GET",
      target: `/api/agents/sessions/${encodeURIComponent(id)}/events?after=${after}`,
      headers: { accept: "text/event-stream", ...(after > 0 ? { "last-event-id": String(after) } : {}) },
      signal,
    });
    const status = response.statusCode ?? 500;
    if (status >= 400) throw toProblemError(status, await readText(response, signal));
    return response;
  };
  return persist(attempt, { ...source.persistence, signal });
}
