import type { BatchView, SessionView } from "../../contract/shapes.ts";
import { toDurationText } from "../../core/duration.ts";
import { toShortId } from "../../core/id.ts";
import { toCostText } from "../money-text.ts";
import { toCountsText, toCountText, toStatusText } from "../outcome.ts";

/** How a batch ended, and what to type for what did not complete. */
export function renderEndReport(batch: BatchView, sessions: readonly SessionView[]): string[] {
  const endMs = batch.ended_at === null ? undefined : Date.parse(batch.ended_at);
  const time = endMs === undefined ? [] : [toDurationText(Math.max(0, endMs - Date.parse(batch.created_at)))];
  const facts = [toCountsText(sessions), toCostText(batch.cost_usd), ...time];
  const failed = sessions.filter(({ status }) => status !== "completed");
  return [
    `${toCountText(sessions.length, "session")}: ${facts.join(" · ")}`,
    ...toWorktreeLines(sessions),
    ...failed.slice(0, mostNamed).map(toFailureLine),
    ...(failed.length > mostNamed ? [`  … and ${failed.length - mostNamed} more`] : []),
  ];
}

const mostNamed = 10;

/** Nobody looks for what a session wrote in a folder that was made for it. */
function toWorktreeLines(sessions: readonly SessionView[]): string[] {
  const apart = sessions.filter(hasWorktree);
  const [first] = apart;
  if (first === undefined) return [];
  const ids = apart.slice(0, mostNamed).map(({ id }) => toShortId(id));
  const more = apart.length > mostNamed ? " …" : "";
  return [
    `  each in a worktree of ${first.worktree?.origin ?? ""}: ${ids.join(" ")}${more}`,
    `  what they changed: profclaw agent diff ${toShortId(first.id)}   bring it over: profclaw agent apply ${toShortId(first.id)}`,
  ];
}

/** One that never started has only been promised a folder, and one that failed at it has none. */
function hasWorktree({ worktree, started_at: startedAt, reason }: SessionView): boolean {
  return worktree !== null && startedAt !== null && reason !== "worktree";
}

function toFailureLine({ id, status, reason, error }: SessionView): string {
  const why = error?.code ?? reason ?? "";
  const short = toShortId(id);
  return `  ${short} ${toStatusText(status)}${why === "" ? "" : ` (${why})`}: profclaw agent logs ${short}`;
}

/** What to type after leaving sessions alone. `ids` are sessions' or a batch's. */
export function renderNextSteps(batchId: string): string[] {
  const short = toShortId(batchId);
  return [
    "  see them:     profclaw agent sessions",
    `  wait again:   profclaw agent wait ${short}`,
    `  the results:  profclaw agent result ${short}`,
    `  stop them:    profclaw agent stop ${short}`,
  ];
}
