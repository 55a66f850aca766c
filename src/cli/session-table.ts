import type { SessionView } from "../contract/shapes.ts";
import { toDurationText } from "../core/duration.ts";
import { toShortId } from "../core/id.ts";
import { toCostText } from "./money-text.ts";
import { toStatusText } from "./outcome.ts";
import { toOneLine } from "./plain-text.ts";
import { toElapsedText, toModelText, toNowText } from "./session-text.ts";
import { paintStatus } from "./status-paint.ts";
import { type Column, renderTable } from "./table.ts";
import type { Colors } from "./terminal.ts";

export interface Look {
  colors: Colors;
  /** Columns of the terminal. */
  width: number;
  nowMs: number;
}

const widestTask = 60;

/** Sessions as a table, a line each. */
export function renderSessionTable(sessions: readonly SessionView[], look: Look): string[] {
  const columns: Column<SessionView>[] = [
    { title: "ID", text: ({ id }) => toShortId(id) },
    {
      title: "STATUS",
      text: ({ status }) => toStatusText(status),
      paint: (text, { status }) => paintStatus(look.colors, text, status),
    },
    { title: "MODEL", text: toModelText, shrinkTo: 12, dropOrder: 3 },
    { title: "TURNS", text: ({ turns }) => String(turns), align: "right", dropOrder: 2 },
    { title: "COST", text: ({ cost_usd }) => toCostText(cost_usd), align: "right", dropOrder: 1 },
    { title: "TIME", text: (session) => toElapsedText(session, look.nowMs), align: "right", dropOrder: 4 },
    { title: "AGE", text: (session) => toAge(session, look.nowMs), align: "right", dropOrder: 5 },
    { title: "TASK", text: toTaskText, shrinkTo: 10 },
  ];
  return renderTable(sessions, columns, look.width);
}

function toAge({ created_at }: SessionView, nowMs: number): string {
  return toDurationText(Math.max(0, nowMs - Date.parse(created_at)));
}

function toTaskText(session: SessionView): string {
  const task = toOneLine(session.name ?? session.task);
  const now = toNowText(session);
  const text = session.status === "running" && now !== task ? `${task} [${now}]` : task;
  return text.length <= widestTask * 2 ? text : text.slice(0, widestTask * 2);
}
