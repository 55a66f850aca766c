import type { SessionView } from "../contract/shapes.ts";
import { toDurationText } from "../core/duration.ts";
import { toAskText } from "./needs-you.ts";
import { toOneLine } from "./plain-text.ts";

/** What a session does now, what it waits for, or why it ended; its task where there is no more to say. */
export function toNowText(session: SessionView): string {
  if (session.error !== null) return toOneLine(session.error.detail);
  const [ask] = session.approvals;
  if (ask !== undefined) return `needs a yes for ${toAskText(ask)}`;
  if (session.status === "waiting") return `waits for ${toOneLine(session.reason ?? "something")}`;
  if ((session.status === "running" || session.status === "queued") && session.activity !== null)
    return toOneLine(session.activity);
  return toOneLine(session.name ?? session.task);
}

/** Time since it first ran, to its end or to now; empty before. */
export function toElapsedText(session: SessionView, nowMs: number): string {
  if (session.started_at === null) return "";
  const endMs = session.ended_at === null ? nowMs : Date.parse(session.ended_at);
  return toDurationText(Math.max(0, endMs - Date.parse(session.started_at)));
}

/** provider/model, and what was asked for where an alias changed it. */
export function toModelText(session: SessionView): string {
  const model = toOneLine(`${session.provider}/${session.model}`);
  const isSubstitute = session.requested_model !== null && session.requested_model !== session.model;
  return isSubstitute ? `${model} (for ${toOneLine(session.requested_model ?? "")})` : model;
}
