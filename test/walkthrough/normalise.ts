import { createHash } from "node:crypto";
import type { Row } from "./screen.ts";

/** What is another at every run. */
export interface Chances {
  /** Ids of sessions and batches, in the order in which they were made. */
  ids: readonly string[];
  /** Texts of this machine and what stands for them, longest first. */
  places: readonly (readonly [string, string])[];
}

type Change = readonly [pattern: RegExp, toText: (found: string) => string];

const clock = /\b\d\d:\d\d:\d\d\b/g;
const linesPerSecond = 4;
/** Of a session that another daemon had: the demo's own. */
const firstId = /^[0-9a-f]{8}(?= {2})/g;

/** The rows with fixed ids, times, ports, sizes and folders: the same run gives the same picture. */
export function normalise(rows: readonly Row[], chances: Chances): Row[] {
  const changes = [...toPlaceChanges(chances.places), ...toIdChanges(chances.ids), ...otherChanges];
  const unknown = new Map(chances.ids.map((_, index) => [toFixedId(index), toFixedId(index)]));
  return rows.map((row, line) => {
    const second = String(Math.floor(line / linesPerSecond) % 60).padStart(2, "0");
    return [
      ...changes,
      [clock, () => `12:00:${second}`] as const,
      [firstId, (id: string) => toOtherId(id, unknown)] as const,
    ].reduce(change, row);
  });
}

function toPlaceChanges(places: Chances["places"]): Change[] {
  return places.map(([found, shown]) => [new RegExp(escape(found), "g"), () => shown]);
}

function toIdChanges(ids: readonly string[]): Change[] {
  return ids.map((id, index) => {
    const hash = toHash(`walkthrough ${index}`);
    const fixed = id.replaceAll(/[0-9a-f]/g, (_, at: number) => hash.charAt(at));
    return [
      new RegExp(`${id.slice(0, 8)}(?:${escape(id.slice(8))})?`, "g"),
      (found) => fixed.slice(0, found.length),
    ];
  });
}

function toFixedId(index: number): string {
  return toHash(`walkthrough ${index}`).slice(0, 8);
}

function toOtherId(id: string, known: Map<string, string>): string {
  const fixed = known.get(id) ?? toHash(`other ${known.size}`).slice(0, id.length);
  known.set(id, fixed);
  return fixed;
}

function toHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** In a column, a fixed text keeps the width of what it stands for. */
function toWidth(shown: string): (found: string) => string {
  return (found) => shown.padStart(found.length);
}

const day = "2026-11-21";

const otherChanges: readonly Change[] = [
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, () => `${day}T12:00Z`],
  [/\b\d{4}-\d\d-\d\d\b/g, () => day],
  [/(?<= {2})(?:\d+ms|\d+\.\ds)(?= |$)/g, toWidth("2.4s")],
  [/(?<=(?:^|[^ ]) |\()(?:\d+ms|\d+\.\ds)(?=[ ,.)]|$)/g, () => "2.4s"],
  [/\b\d+m\d\ds(?= left)/g, () => "9m59s"],
  [/(?<=at most )[\d.]+(?= ms)/g, () => "11"],
  [/(?<=pid )\d+/g, () => "4711"],
  [/(?<=kill -9 )\d+/g, () => "4703"],
  [/(?<=was )\d+(?=\))/g, () => "4703"],
  [/\b\d+(?:\.\d+)?(?= MB)/g, () => "96"],
  [/\b\d+\.\d(?= GB free)/g, () => "212.4"],
  [/(?<=git version )[\d.]+/g, () => "2.47.1"],
  [/(?<=profclaw-demo-)\w{6}/g, () => "x7Kq2a"],
];

/** Replaces in a row's text; what comes in looks like the first character of what goes. */
function change(row: Row, [pattern, toText]: Change): Row {
  const text = row.map(({ character }) => character).join("");
  const changed: Row = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    changed.push(...row.slice(at, found.index));
    const style = row[found.index]?.style;
    if (style !== undefined)
      changed.push(
        ...toText(found[0])
          .split("")
          .map((character) => ({ character, style })),
      );
    at = found.index + found[0].length;
  }
  return [...changed, ...row.slice(at)];
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
