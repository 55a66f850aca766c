import type { SessionView } from "../contract/shapes.ts";
import { toShortId } from "../core/id.ts";
import { toVisibleText } from "./plain-text.ts";

type Ask = SessionView["approvals"][number];

const longestAsk = 80;

/** "bash: npm install", every odd character of it shown. */
export function toAskText({ tool, what }: Ask): string {
  // A new line begins another command: it must not pass for a space.
  const text = toVisibleText(what.replace(/^\w+:\s/, ""))
    .replaceAll("\n", "⏎")
    .replaceAll("\t", " ");
  return `${tool}: ${text.length > longestAsk ? `${text.slice(0, longestAsk)}…` : text}`;
}

/** Lines for sessions that wait for a person: how much each asks, and what to type; `most` of them. */
export function toNeedsYouLines(sessions: readonly SessionView[], most = 10): string[] {
  const asking = sessions.filter(({ approvals }) => approvals.length > 0);
  const rest = asking.length <= most ? [] : [`${asking.length - most} more need you: profclaw approvals`];
  return [...asking.slice(0, most).map(toLine), ...rest];
}

function toLine({ id, approvals }: SessionView): string {
  const [first] = approvals;
  const what = first === undefined ? "" : `  (${toAskText(first)})`;
  return `${approvals.length} needs you: profclaw agent answer ${toShortId(id)}${what}`;
}

/** The same for asks that have not been told of, each once. */
export function toNewAskLines(sessions: readonly SessionView[], told: Set<string>): string[] {
  const fresh = sessions.map((session) => ({
    ...session,
    approvals: session.approvals.filter(({ link }) => !told.has(link)),
  }));
  for (const { link } of fresh.flatMap(({ approvals }) => approvals)) told.add(link);
  return toNeedsYouLines(fresh, Number.POSITIVE_INFINITY);
}
