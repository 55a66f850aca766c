import type { SessionView } from "../../contract/shapes.ts";
import { isEndStatus } from "../../core/session.ts";

export interface BoardGroup {
  title: "NEEDS YOU" | "WORKING" | "DONE" | "FAILED";
  sessions: SessionView[];
}

/** What needs a person first, then what works, then what has ended since the board was last looked at. */
export function toGroups(sessions: readonly SessionView[]): BoardGroup[] {
  const ended = sessions
    .filter(({ status }) => isEndStatus(status))
    .toSorted((a, b) => compare(b.ended_at ?? "", a.ended_at ?? ""));
  const groups: BoardGroup[] = [
    // Whoever waits longest is first.
    {
      title: "NEEDS YOU",
      sessions: sessions.filter(needsYou).toSorted((a, b) => compare(toUntil(a), toUntil(b))),
    },
    // They come the newest first: those that were spawned together stay in their order.
    { title: "WORKING", sessions: sessions.filter(isAtWork).toReversed().toSorted(byActivity) },
    { title: "DONE", sessions: ended.filter(({ status }) => status === "completed") },
    { title: "FAILED", sessions: ended.filter(({ status }) => status !== "completed") },
  ];
  return groups.filter(({ sessions: members }) => members.length > 0);
}

export function needsYou({ approvals, status }: SessionView): boolean {
  return approvals.length > 0 && !isEndStatus(status);
}

function isAtWork(session: SessionView): boolean {
  return !isEndStatus(session.status) && !needsYou(session);
}

const activity = ["running", "waiting", "queued"];

function byActivity(a: SessionView, b: SessionView): number {
  const rank = activity.indexOf(a.status) - activity.indexOf(b.status);
  return rank === 0 ? compare(a.created_at, b.created_at) : rank;
}

function toUntil({ approvals }: SessionView): string {
  return approvals.map(({ until }) => until).toSorted(compare)[0] ?? "";
}

/** The daemon's times are all of one form: as texts they stand in the order of time, and no key waits for parsing. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
