import type { SessionView } from "../../contract/shapes.ts";
import { toCountsText } from "../outcome.ts";
import { toOneLine, toVisibleText } from "../plain-text.ts";
import { renderTable } from "../table.ts";
import type { Colors } from "../terminal.ts";
import { cutText, cutTextStart, toTextWidth, wrapText } from "../text-width.ts";
import { toColumns, toTaskText } from "./board-columns.ts";
import { toGroups } from "./board-groups.ts";
import { type BoardState, type Mode, findSelected } from "./board-state.ts";
import { toPageLines } from "./page-lines.ts";

export interface BoardFrame {
  state: BoardState;
  size: { columns: number; rows: number };
  nowMs: number;
  colors: Colors;
}

const listKeys = "a answer · r read · d diff · p apply · f follow · s stop · g go on · q leave";
const askKeys = "y allow · n deny · t no, and what instead · ↑↓ scroll · esc leave it open";

/** Exactly as many lines as the terminal has, none longer than it is wide. */
export function renderBoard(frame: BoardFrame): string[] {
  const { size } = frame;
  const width = Math.max(20, size.columns - 1);
  const rows = Math.max(5, size.rows);
  const foot = toFoot(frame, { width, rows: Math.max(2, rows - 3) });
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
  if (mode.kind === "page") return toPage(mode, mode.title, { room, frame });
  if (mode.kind === "ask") return toPage(mode, toAskTitle(mode, frame.state), { room, frame });
  return frame.state.sessions.length === 0 ? toEmpty() : toList(frame, room);
}

/** Of whose call it is: among twenty sessions an id says little. */
function toAskTitle({ approval }: Extract<Mode, { kind: "ask" }>, { sessions }: BoardState): string {
  const session = sessions.find(({ id }) => id === approval.session_id);
  return session === undefined ? "Allow this?" : `Allow this? ${toTaskText(session)}`;
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
  { room, frame }: { room: Room; frame: BoardFrame },
): string[] {
  const all = toPageLines(lines, frame.size.columns);
  const first = Math.min(top, Math.max(0, all.length - 1));
  const shown = all.slice(first, first + room.rows - 1).map((line) => cutText(line, room.width));
  const place = all.length <= room.rows - 1 ? "" : `  ${first + 1}–${first + shown.length} of ${all.length}`;
  return [frame.colors.bold(cutText(`${title}${place}`, room.width)), ...shown];
}

type ListLine = { title: string } | { session: SessionView };

function toList(frame: BoardFrame, room: Room): string[] {
  const { state, colors } = frame;
  const selected = findSelected(state);
  const all = toGroups(state.sessions).flatMap(({ title, sessions }): ListLine[] => [
    { title: `${title} ${sessions.length}` },
    ...sessions.map((session) => ({ session })),
  ]);
  const place = all.findIndex((line) => "session" in line && line.session.id === selected?.id);
  // The selected one is always in sight.
  const top = Math.max(0, Math.min(place - Math.floor(room.rows / 2), all.length - room.rows));
  // Only what is in sight is measured and written: hundreds of texts at each key would take long.
  const seen = all.slice(top, top + room.rows);
  const sessions = seen.flatMap((line) => ("session" in line ? [line.session] : []));
  const width = room.width - 2;
  const [, ...cells] = renderTable(sessions, toColumns(width, frame), width);
  let at = 0;
  return seen.map((line) => {
    if ("title" in line) return colors.bold(line.title);
    const mark = line.session.id === selected?.id ? colors.inverse("▸") : " ";
    return `${mark} ${cells[at++] ?? ""}`;
  });
}

/** What was said last, whole where there is room for it, and the keys below it. */
function toFoot({ state, colors }: BoardFrame, { width, rows }: Room): string[] {
  const { mode, sessions, notice } = state;
  const keys = toKeyLines(mode, { colors, width }).slice(0, rows - 1);
  if (notice === "") {
    const counts = sessions.length === 0 ? "profclaw" : toCountsText(sessions);
    return [colors.dim(cutText(counts, width)), ...keys];
  }
  const said = wrapText(toOneLine(notice), width).slice(0, rows - keys.length);
  return [...said.map((line) => colors.yellow(line)), ...keys];
}

function toKeyLines(mode: Mode, { colors, width }: { colors: Colors; width: number }): string[] {
  if (mode.kind === "confirm") {
    return wrapText(`${mode.question} [y/n]`, width).map((line) => colors.yellow(line));
  }
  // Of a line that is being written the end is what counts.
  if (mode.kind === "write") return [cutTextStart(`${mode.prompt} ${toVisibleText(mode.text)}█`, width)];
  return joinKeys(toKeys(mode), width).map((line) => colors.dim(cutText(line, width)));
}

function toKeys(mode: Mode): string {
  if (mode.kind === "ask") return `${mode.approval.rule === null ? "" : "A always here · "}${askKeys}`;
  return mode.kind === "page" ? "↑↓ space scroll · q back" : listKeys;
}

/** In as many lines as they take, never one key in two: how to leave must be in sight. */
function joinKeys(keys: string, width: number): string[] {
  const lines: string[] = [];
  for (const key of keys.split(" · ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? key : `${last} · ${key}`;
    if (last === undefined || toTextWidth(longer) > width) lines.push(key);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** A painted line that fits stays painted. */
function cutOrKeep(line: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- colours are taken off to measure
  const plain = line.replaceAll(/\u001b\[\d+m/g, "");
  return cutText(plain, width) === plain ? line : cutText(plain, width);
}
