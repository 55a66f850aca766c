import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { toCostText } from "../money-text.ts";
import { toAskText } from "../needs-you.ts";
import { toStatusText } from "../outcome.ts";
import { toOneLine } from "../plain-text.ts";
import { toElapsedText, toNowText } from "../session-text.ts";
import { paintStatus } from "../status-paint.ts";
import type { Column } from "../table.ts";
import type { Colors } from "../terminal.ts";

const longestText = 200;
/** Below that there is room for one text only. */
const narrow = 60;

/** What is shown of each session, on a terminal of that width. */
export function toColumns(
  width: number,
  { nowMs, colors }: { nowMs: number; colors: Colors },
): Column<SessionView>[] {
  const id: Column<SessionView> = { title: "ID", text: (session) => toShortId(session.id) };
  if (width < narrow) {
    return [
      id,
      { title: "WHAT", text: (session) => toAskedText(session) ?? toTaskText(session), shrinkTo: 8 },
    ];
  }
  return [
    id,
    {
      title: "STATE",
      text: ({ status }) => toStatusText(status),
      paint: (text, { status }) => paintStatus(colors, text, status),
      dropOrder: 3,
    },
    { title: "TASK", text: toTaskText, shrinkTo: 14 },
    { title: "NOW", text: toNow, shrinkTo: 18 },
    { title: "COST", text: ({ cost_usd }) => toCostText(cost_usd), align: "right", dropOrder: 1 },
    { title: "TIME", text: (session) => toElapsedText(session, nowMs), align: "right", dropOrder: 2 },
  ];
}

/** Its name, else its task, on one line. */
export function toTaskText({ name, task }: SessionView): string {
  return toOneLine((name ?? task).slice(0, longestText));
}

/** What it asks leave for: that it asks is said above it. */
function toAskedText({ approvals: [ask] }: SessionView): string | undefined {
  return ask === undefined ? undefined : toAskText(ask);
}

/** What it asks, does, brought or failed of; nothing rather than its task again. */
function toNow(session: SessionView): string {
  const asked = toAskedText(session);
  if (asked !== undefined) return asked;
  if (session.status === "completed")
    return toOneLine((session.result?.text ?? "").trim().slice(0, longestText));
  if (session.status === "queued") return "";
  const now = toNowText(session);
  return now === toOneLine(session.name ?? session.task) ? "" : now.slice(0, longestText);
}
