import type { ApprovalView } from "../contract/approval-operations.ts";
import { toDurationText } from "../core/duration.ts";
import { toShortId } from "../core/id.ts";
import { toOneLine, toVisibleText } from "./plain-text.ts";

/** One approval: what would be done, all of it, with every odd character shown; and how to answer. */
export function renderApproval(approval: ApprovalView, nowMs: number): string[] {
  const { session_id: id, number, status } = approval;
  const head = `${toShortId(id)} #${number}  ${status}${toTimes(approval, nowMs)}`;
  const body = toVisibleText(approval.text)
    .split("\n")
    .map((line) => `    ${line}`);
  const cut = `    … ${approval.size_bytes} bytes in all; whole: profclaw agent answer ${toShortId(id)} ${number}`;
  return [
    head,
    `  ${toOneLine(toVisibleText(approval.reason))}`,
    `  in ${toVisibleText(approval.cwd)}`,
    ...body,
    ...(approval.truncated ? [cut] : []),
    ...(status === "open" ? toWays(approval) : []),
  ];
}

/** What can be typed about it. */
export function toWays({ session_id: id, number, rule }: ApprovalView): string[] {
  const command = `profclaw agent answer ${toShortId(id)} ${number}`;
  const always = rule === null ? "" : `, or with --always for good here (${toVisibleText(rule)})`;
  return [`  ${command} allow${always}`, `  ${command} deny, or "what to do instead"`];
}

function toTimes(approval: ApprovalView, nowMs: number): string {
  if (approval.status === "open") {
    const leftMs = Date.parse(approval.until) - nowMs;
    return leftMs > 0 ? `, ${toDurationText(leftMs)} left` : ", its time is over";
  }
  const by = approval.answered_by === null ? "" : ` by ${approval.answered_by}`;
  return approval.answered_at === null ? "" : `${by} at ${approval.answered_at}`;
}
