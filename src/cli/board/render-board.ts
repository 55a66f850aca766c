import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { toCostText } from "../money-text.ts";
import { toCountsText, toStatusText } from "../outcome.ts";
import { toOneLine, toVisibleText } from "../plain-text.ts";
import { toElapsedText, toNowText } from "../session-text.ts";
import { paintStatus } from "../status-paint.ts";
import { type Column, renderTable } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { cutText, toTextWidth } from "../text-width.ts";
import { toGroups } from "./board-groups.ts";
import { type BoardState, type Mode, findSelected } from "./board-state.ts";

export interface BoardFrame {
  state: BoardState;
  size: { columns: number; rows: number };
  nowMs: number;
  colors: Colors;
}

const longestTask = 200;
const listKeys = "a answer · r read · d diff · p apply · f follow · s stop · g go on · q leave";
const askKeys = "y allow · n deny · t no, and what instead · ↑↓ scroll · esc leave it open";

/** Exactly as many lines as the terminal has, none longer than it is wide. */
export function renderBoard(frame: BoardFrame): string[] {
  const { state, size } = frame;
  const width = Math.max(20, size.columns - 1);
  const rows = Math.max(5, size.rows);
  const foot = toFoot(state, frame.colors).map((line) => cutOrKeep(line, width));
  const room = rows - foot.length;
  const body = toBody(frame, { width, rows: room })
    .slice(0, room)
    .map((line) => cutOrKeep(line, width));
  return [...body, ...Array.from({ length: room - body.length }, () => ""), ...foot];
}

interface Room {
  width: number;
  rows: number;
}

function toBody(frame: BoardFrame, room: Room): string[] {
  const { mode } = frame.state;
  if (mode.kind === "page") return toPage(mode, mode.title, { room, colors: frame.colors });
  if (mode.kind === "ask") return toPage(mode, "Allow this?", { room, colors: frame.colors });
  return frame.state.sessions.length === 0 ? toEmpty() : toList(frame, room);
}

function toEmpty(): string[] {
  return [
    "Nothing runs, and nothing has ended since you last looked.",
    "",
    '  profclaw agent spawn --task "Review src/auth"',
    "  profclaw demo",
    "  profclaw --help",
  ];
}

function toPage(
  { lines, top }: { lines: readonly string[]; top: number },
  title: string,
  { room, colors }: { room: Room; colors: Colors },
): string[] {
  const shown = lines.slice(top, top + room.rows - 1).map((line) => cutText(line, room.width));
  const place = lines.length <= room.rows - 1 ? "" : `  ${top + 1}–${top + shown.length} of ${lines.length}`;
  return [colors.bold(cutText(`${title}${place}`, room.width)), ...shown];
}

function toList(frame: BoardFrame, room: Room): string[] {
  const { state, colors } = frame;
  const selected = findSelected(state);
  const groups = toGroups(state.sessions);
  const rows = groups.flatMap(({ sessions }) => sessions);
  const [, ...cells] = renderTable(rows, toColumns(frame), room.width - 2);
  let at = 0;
  let selectedLine = 0;
  const lines: string[] = [];
  for (const { title, sessions } of groups) {
    lines.push(colors.bold(`${title} ${sessions.length}`));
    for (const session of sessions) {
      const isSelected = session.id === selected?.id;
      if (isSelected) selectedLine = lines.length;
      lines.push(`${isSelected ? colors.inverse("▸") : " "} ${cells[at] ?? ""}`);
      at += 1;
    }
  }
  // The selected one is always in sight.
  const top = Math.max(0, Math.min(selectedLine - Math.floor(room.rows / 2), lines.length - room.rows));
  return lines.slice(top, top + room.rows);
}

function toColumns({ nowMs, colors }: BoardFrame): Column<SessionView>[] {
  return [
    { title: "ID", text: ({ id }) => toShortId(id) },
    {
      title: "STATE",
      text: ({ status }) => toStatusText(status),
      paint: (text, { status }) => paintStatus(colors, text, status),
    },
    { title: "TASK", text: ({ name, task }) => toOneLine((name ?? task).slice(0, longestTask)), shrinkTo: 8 },
    { title: "NOW", text: toNowText, shrinkTo: 8 },
    { title: "COST", text: ({ cost_usd }) => toCostText(cost_usd), align: "right", dropOrder: 1 },
    { title: "TIME", text: (session) => toElapsedText(session, nowMs), align: "right", dropOrder: 2 },
  ];
}

function toFoot(state: BoardState, colors: Colors): string[] {
  const { mode, sessions, notice } = state;
  const counts = sessions.length === 0 ? "profclaw" : toCountsText(sessions);
  const first = notice === "" ? colors.dim(counts) : colors.yellow(toOneLine(notice));
  return [first, toKeyLine(mode, colors)];
}

function toKeyLine(mode: Mode, colors: Colors): string {
  if (mode.kind === "ask") {
    const always = mode.approval.rule === null ? "" : "A always here · ";
    return colors.dim(`${always}${askKeys}`);
  }
  if (mode.kind === "confirm") return colors.yellow(`${mode.question} [y/n]`);
  if (mode.kind === "write") return `${mode.prompt} ${toVisibleText(mode.text)}█`;
  return colors.dim(mode.kind === "page" ? "↑↓ space scroll · q back" : listKeys);
}

/** A painted line that fits stays painted. */
function cutOrKeep(line: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- colours are taken off to measure
  const plain = line.replaceAll(/\u001b\[\d+m/g, "");
  if (plain === line && line.includes("█")) return cutStart(line, width);
  return cutText(plain, width) === plain ? line : cutText(plain, width);
}

/** Of a line that is being written the end is what counts. */
function cutStart(line: string, width: number): string {
  return toTextWidth(line) <= width ? line : `…${line.slice(1 - width)}`;
}
