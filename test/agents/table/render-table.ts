import { type AgentWays, abilities, afterAbilities } from "../../../src/runners/external/agent-ways.ts";

/** What one real agent was measured at. */
export interface AgentRow {
  name: string;
  version: string;
  /** The least level that a session needs to run it. */
  level: string;
  startMs: number;
  /** The whole tree with ten running, daemon and all. */
  treeMb: number;
  /** Of that, what is ours for each of the ten. */
  oursMb: number;
  /** YYYY-MM-DD. */
  measured: string;
}

const begin = "<!-- agents:begin: made by `npm run agents:table` -->";
const end = "<!-- agents:end -->";
const figureHead = ["agent", "version", "least level", "start", "memory of ten", "ours, each", "measured"];

/** The page with its block made anew. Rows of agents that were not measured now stay as they are. */
export function renderPage(page: string, rows: readonly AgentRow[], facts: TableFacts): string {
  const { before, block, after } = cutPage(page);
  const fresh = new Map(rows.map((row) => [row.name, toCells(row)]));
  const kept = readRows(block).filter(([name = ""]) => Object.hasOwn(facts.ways, name) && !fresh.has(name));
  const names = Object.keys(facts.ways);
  const figures = [...kept, ...fresh.values()].toSorted(
    ([one = ""], [other = ""]) => names.indexOf(one) - names.indexOf(other),
  );
  const note = facts.note ?? readNote(block);
  const lines = [...toTable(figureHead, figures), "", ...note, "", ...renderWays(facts.ways)];
  return `${before}${begin}\n\n${lines.join("\n")}\n\n${end}${after}`;
}

export interface TableFacts {
  /** By name, in the order of the columns. */
  ways: Readonly<Record<string, AgentWays>>;
  /** How it was measured and on what, in lines; null: what is there still holds. */
  note: readonly string[] | null;
}

/** What each agent takes, by which of its own flags or fields, and what is refused and why. */
export function renderWays(ways: Readonly<Record<string, AgentWays>>): string[] {
  const rows = [...abilities, ...afterAbilities].map((ability) => {
    const cells = Object.values(ways).map((of) => of[ability]);
    return [`\`${ability}\``, ...cells.map((way) => ("by" in way ? toCode(way.by) : `– (${way.lacks})`))];
  });
  return toTable(["asked for", ...Object.keys(ways)], rows);
}

/** Flags, fields and methods as code, whatever words stand around them. */
function toCode(by: string): string {
  return by.includes(" ") ? by.replaceAll(/--[\w-]+|\b[a-z]+\/[a-z_]+\b/gi, "`$&`") : `\`${by}\``;
}

/** The figures of a block, a row each, as they stand. */
export function readRows(block: string): string[][] {
  const lines = block.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`| ${figureHead[0]}`));
  if (first === -1) return [];
  const rest = lines.slice(first + 2);
  const last = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, last === -1 ? rest.length : last).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function readNote(block: string): string[] {
  return block.split("\n").filter((line) => line !== "" && !line.startsWith("|"));
}

/** Throws where the page has not both marks, once and in order. */
export function cutPage(page: string): { before: string; block: string; after: string } {
  const [before = "", rest, ...more] = page.split(begin);
  const [block = "", after, ...others] = rest?.split(end) ?? [];
  if (rest === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`The page needs these two lines, once each and in this order:\n${begin}\n${end}`);
  }
  return { before, block, after };
}

function toCells({ name, version, level, startMs, treeMb, oursMb, measured }: AgentRow): string[] {
  const start = `${(startMs / 1_000).toFixed(2)} s`;
  return [name, version, level, start, `${treeMb.toFixed(0)} MB`, `${oursMb.toFixed(1)} MB`, measured];
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const toLine = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? "").padEnd(width)).join(" | ")} |`;
  return [toLine(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(toLine)];
}
