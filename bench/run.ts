import { writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem, type } from "node:os";
import { parseArgs } from "node:util";
import { measureAgents } from "./agents/agent-figures.ts";
import { measureBridge } from "./bridge-figures.ts";
import { measureFlows } from "./flow-figures.ts";
import { toTable } from "./figure.ts";
import { measureLoad, measureTranscripts } from "./load-figures.ts";
import { measureLongLog } from "./long-log-figures.ts";
import { measureMail } from "./mail-figures.ts";
import { measureMcp } from "./mcp-figures.ts";
import { measureReaders } from "./reader-figures.ts";
import { measureRecord } from "./record-figures.ts";
import { measureRecovery } from "./recovery-figures.ts";
import { measureRequest } from "./request-figures.ts";
import { measureSearch } from "./search-figures.ts";
import { measureSpawns } from "./spawn-figures.ts";
import { measureStarts } from "./start-figures.ts";
import { measureViewers } from "./viewer-figures.ts";
import { measureWorktrees } from "./worktree-figures.ts";

/*
 * `npm run bench [-- --only starts,load] [--report bench/RESULTS.md]`: the figures, the machine, its load and
 * the date, as Markdown. Ends with 1 if one that has a limit misses it.
 */

const parts = {
  starts: measureStarts,
  request: measureRequest,
  spawns: measureSpawns,
  readers: measureReaders,
  recovery: measureRecovery,
  mail: measureMail,
  bridge: measureBridge,
  mcp: measureMcp,
  flows: measureFlows,
  viewers: measureViewers,
  worktrees: measureWorktrees,
  search: measureSearch,
  record: measureRecord,
  logs: measureLongLog,
  load: () => measureLoad([10, 100, 1_000]),
  transcripts: measureTranscripts,
  agents: measureAgents,
};

const { values } = parseArgs({ options: { only: { type: "string" }, report: { type: "string" } } });
const wanted = values.only?.split(",") ?? Object.keys(parts);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`No part ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}\n`);
  process.exit(2);
}
const loadBefore = toLoadText();
const figures = [];
for (const [name, measure] of Object.entries(parts)) {
  if (!wanted.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  figures.push(...(await measure()));
}
const text = `${toMachineText()}\n\n${toTable(figures)}\n`;
process.stdout.write(text);
if (values.report !== undefined) writeFileSync(values.report, `# Results\n\n\`npm run bench\` on\n${text}`);
const missed = figures.filter(({ value, below }) => below !== undefined && !(value < below));
process.exitCode = missed.length === 0 ? 0 : 1;

function toMachineText(): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${machine}, Node ${process.version}, load average ${loadBefore} before, ${toLoadText()} after.`;
}

function toLoadText(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
