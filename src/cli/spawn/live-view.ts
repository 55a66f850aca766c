import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { toDurationText } from "../../core/duration.ts";
import { isEndStatus } from "../../core/session.ts";
import { toCostText } from "../money-text.ts";
import { toCountsText, toStatusText } from "../outcome.ts";
import { toOneLine } from "../plain-text.ts";
import { toNeedsYouLines } from "../needs-you.ts";
import { toElapsedText, toNowText } from "../session-text.ts";
import { paintStatus } from "../status-paint.ts";
import { renderTable, type Column } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { cutText } from "../text-width.ts";
import type { BudgetNews } from "./budget-watch.ts";

export interface LiveFrame {
  sessions: readonly SessionView[];
  size: { columns: number; rows: number };
  nowMs: number;
  /** When the spawn began. */
  sinceMs: number;
  colors: Colors;
  /** What Ctrl-C does, for the last line. */
  interruptHint: string;
  /** Of the tightest budget; null where nothing is limited. */
  budget?: BudgetNews | null;
}

/** From here on what is left is painted. */
const tightShare = 0.8;

/** Lines around the table: its title, the rest that has no room, the footer, and the cursor's. */
const linesAround = 4;
/** Where there is no room for all, these are shown first. */
const showFirst = [
  "running",
  "waiting",
  "failed",
  "timed_out",
  "interrupted",
  "cancelled",
  "queued",
  "completed",
];

const longestTask = 200;
/** Lines that say what a person is asked. */
const mostNeeds = 3;

/** The table of a waiting spawn as it is drawn over and over; never larger than the terminal. */
export function renderLiveFrame(frame: LiveFrame): string {
  const { sessions, size, colors } = frame;
  const needs = toNeedsYouLines(sessions, mostNeeds);
  const shown = chooseRows(sessions, Math.max(1, size.rows - linesAround - needs.length));
  // One column short of the edge: some terminals wrap a full line.
  const width = Math.max(20, size.columns - 1);
  const lines = renderTable(shown, toColumns(frame), width);
  const hidden = sessions.filter((session) => !shown.includes(session));
  const rest = hidden.length === 0 ? [] : [`… and ${hidden.length} more: ${toCountsText(hidden)}`];
  const spent = toDurationText(Math.max(0, frame.nowMs - frame.sinceMs));
  const isOver = sessions.every(({ status }) => isEndStatus(status));
  const { budget } = frame;
  const left = budget === null || budget === undefined ? [] : [budget.left];
  const hint = isOver ? [] : [frame.interruptHint];
  const footer = [toCountsText(sessions), spent, ...left, ...hint].join(" · ");
  const paint = (budget?.share ?? 0) >= tightShare ? colors.yellow : colors.dim;
  return [
    ...lines,
    ...rest.map((line) => cutText(line, width)),
    ...needs.map((line) => colors.yellow(cutText(line, width))),
    paint(cutText(footer, width)),
  ].join("\n");
}

function chooseRows(sessions: readonly SessionView[], most: number): SessionView[] {
  if (sessions.length <= most) return [...sessions];
  const chosen = new Set(
    sessions
      .toSorted((a, b) => showFirst.indexOf(a.status) - showFirst.indexOf(b.status))
      .slice(0, most)
      .map(({ id }) => id),
  );
  return sessions.filter(({ id }) => chosen.has(id));
}

function toTitle({ name, task }: SessionView): string {
  return toOneLine((name ?? task).slice(0, longestTask));
}

/** Empty where it would only say the task again. */
function toDoing(session: SessionView): string {
  const now = toNowText(session);
  return now === toOneLine(session.name ?? session.task) ? "" : now;
}

function toColumns({ nowMs, colors }: LiveFrame): Column<SessionView>[] {
  return [
    { title: "ID", text: ({ id }) => toShortId(id) },
    {
      title: "STATE",
      text: ({ status }) => toStatusText(status),
      paint: (text, { status }) => paintStatus(colors, text, status),
    },
    { title: "TASK", text: toTitle, shrinkTo: 8, dropOrder: 3 },
    { title: "NOW", text: toDoing, shrinkTo: 8 },
    { title: "TURNS", text: ({ turns }) => String(turns), align: "right", dropOrder: 2 },
    { title: "COST", text: ({ cost_usd }) => toCostText(cost_usd), align: "right", dropOrder: 1 },
    { title: "TIME", text: (session) => toElapsedText(session, nowMs), align: "right" },
  ];
}
