import type { Client } from "../../client/create-client.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { endStatuses, liveStatuses } from "../../core/session.ts";
import { listAll } from "../list-all.ts";

/** How many of the newest ended sessions are looked at for those that are news. */
const mostEnded = 200;
const everyRounds = 10;

export interface BoardReader {
  read(signal: AbortSignal): Promise<SessionView[]>;
  /** All that had ended by then was read, ms. */
  seenUntilMs(): number;
}

export interface BoardSpan {
  sinceMs: number;
  nowMs(this: void): number;
}

/** What lives now, and what has ended since `sinceMs`. */
export function createBoardReader(client: Client, { sinceMs, nowMs }: BoardSpan): BoardReader {
  const ended = new Map<string, SessionView>();
  let seenUntilMs = sinceMs;
  let seen = new Set<string>();
  let rounds = 0;
  return {
    seenUntilMs: () => seenUntilMs,
    async read(signal) {
      const live = await listAll(client, { status: [...liveStatuses] }, signal);
      const ids = new Set(live.map(({ id }) => id));
      for (const id of ids) ended.delete(id);
      const hasNews = [...seen].some((id) => !ids.has(id));
      seen = ids;
      // What began and ended between two looks was never seen alive.
      if (hasNews || rounds % everyRounds === 0) await addEnded();
      rounds += 1;
      return [...live.map(toLean), ...ended.values()];
      async function addEnded(): Promise<void> {
        const status = [...endStatuses];
        const askedAtMs = nowMs();
        const { sessions } = await client.listSessions({ status, limit: mostEnded }, { signal });
        for (const session of sessions) {
          if (Date.parse(session.ended_at ?? "") > sinceMs) ended.set(session.id, toLean(session));
        }
        seenUntilMs = askedAtMs;
        // A board that stands open for weeks does not grow.
        for (const id of [...ended.keys()].slice(0, -mostEnded)) ended.delete(id);
      }
    },
  };
}

const longestText = 400;

/** Of long texts as much as a board shows: hundreds of whole tasks and results would fill memory. */
function toLean(session: SessionView): SessionView {
  const { result } = session;
  const cut = result === null ? null : { ...result, text: toShort(result.text) };
  return { ...session, task: toShort(session.task), result: cut };
}

/** Its own copy: a part of a text keeps the whole of it in memory. */
function toShort(text: string): string {
  return text.length <= longestText ? text : Buffer.from(text.slice(0, longestText)).toString();
}
