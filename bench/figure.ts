/** One measured number beside what it has to be. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The number must stay below this; undefined: shown only. */
  below?: number;
  /** How it was measured, if the name does not say. */
  note?: string;
}

/** A Markdown table, as it stands in RESULTS.md and on the terminal. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, below, note }) => {
    const target = below === undefined ? "–" : `< ${below} ${unit}`;
    const verdict = below === undefined ? "" : value < below ? "yes" : "**no**";
    return `| ${name} | ${toNumberText(value)} ${unit} | ${target} | ${verdict} | ${note ?? ""} |`;
  });
  return ["| figure | measured | to reach | reached | how |", "|---|---|---|---|---|", ...rows].join("\n");
}

function toNumberText(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
