import { fitText, toTextWidth } from "./text-width.ts";

export interface Column<Row> {
  title: string;
  /** Plain text on one line. */
  text(row: Row): string;
  align?: "left" | "right";
  /** The narrowest it may get where space is short; columns without it keep their width. */
  shrinkTo?: number;
  /** Columns of the highest number are left out first where the terminal is too narrow; without: never. */
  dropOrder?: number;
  paint?(text: string, row: Row): string;
}

const gap = 2;

/** Rows as lines of at most `width` columns, a title line first. Colour is added after measuring. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string[] {
  const kept = chooseColumns(rows, columns, width);
  const widths = shrink(kept, toNaturalWidths(rows, kept), width);
  const title = toLine(kept.map((column, index) => fitCell(column, column.title, widths[index])));
  const lines = rows.map((row) =>
    toLine(
      kept.map((column, index) => {
        const cell = fitCell(column, column.text(row), widths[index]);
        return column.paint === undefined ? cell : column.paint(cell, row);
      }),
    ),
  );
  return [title, ...lines];
}

function fitCell<Row>(column: Column<Row>, text: string, width = 0): string {
  return fitText(text, width, column.align);
}

function toLine(cells: readonly string[]): string {
  return cells.join(" ".repeat(gap)).trimEnd();
}

function toNaturalWidths<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): number[] {
  return columns.map((column) =>
    Math.max(toTextWidth(column.title), ...rows.map((row) => toTextWidth(column.text(row)))),
  );
}

/** Leaves out columns until the rest fits with every shrinkable one at its narrowest. */
function chooseColumns<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): readonly Column<Row>[] {
  const natural = toNaturalWidths(rows, columns);
  const least = columns.map((column, index) =>
    Math.min(natural[index] ?? 0, column.shrinkTo ?? natural[index] ?? 0),
  );
  if (toTotal(least) <= width) return columns;
  const first = columns.reduce((most, { dropOrder = 0 }) => Math.max(most, dropOrder), 0);
  if (first === 0) return columns;
  const rest = columns.filter((column) => column.dropOrder !== first);
  return chooseColumns(rows, rest, width);
}

/** Takes what is too much from the widest shrinkable column, a step at a time. */
function shrink<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  for (let over = toTotal(widths) - width; over > 0;) {
    const index = findWidest(columns, widths);
    if (index === undefined) break;
    const room = (widths[index] ?? 0) - (columns[index]?.shrinkTo ?? 0);
    const taken = Math.min(over, Math.max(1, Math.ceil(room / 2)));
    widths[index] = (widths[index] ?? 0) - taken;
    over -= taken;
  }
  return widths;
}

function findWidest<Row>(columns: readonly Column<Row>[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  columns.forEach(({ shrinkTo }, index) => {
    const width = widths[index] ?? 0;
    if (shrinkTo === undefined || width <= shrinkTo) return;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = index;
  });
  return widest;
}

function toTotal(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);
}
