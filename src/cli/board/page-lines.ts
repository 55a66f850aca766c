import { wrapText } from "../text-width.ts";

const widest = 160;

const known = new WeakMap<readonly string[], { columns: number; wrapped: readonly string[] }>();

/**
 * Lines for a terminal of so many columns: what does not fit goes on in the next line, for nothing that is asked may be
 * out of sight. The same lines are wrapped once for a width.
 */
export function toPageLines(lines: readonly string[], columns: number): readonly string[] {
  const found = known.get(lines);
  if (found?.columns === columns) return found.wrapped;
  const width = Math.max(20, Math.min(widest, columns - 1));
  const wrapped = lines.flatMap((line) => wrapText(line.replaceAll("\t", "    "), width));
  known.set(lines, { columns, wrapped });
  return wrapped;
}
