import { cpus, totalmem, type } from "node:os";
import { parseArgs } from "node:util";
import { toTable } from "./figure.ts";
import { measureLoad } from "./load-figures.ts";
import { measureRequest } from "./request-figures.ts";
import { measureSpawns } from "./spawn-figures.ts";
import { measureStarts } from "./start-figures.ts";

/* `npm run bench [-- --only starts,spawns,request,load]`: the figures, the machine and the date, as Markdown. */

const parts = {
  starts: measureStarts,
  request: measureRequest,
  spawns: measureSpawns,
  load: () => measureLoad([10, 100, 1_000]),
};

const { values } = parseArgs({ options: { only: { type: "string" } } });
const wanted = values.only?.split(",") ?? Object.keys(parts);
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}`;
process.stdout.write(`${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.version}\n\n`);
const figures = [];
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.includes(name)) figures.push(...(await measure()));
}
process.stdout.write(`${toTable(figures)}\n`);
const missed = figures.filter(({ value, below }) => below !== undefined && !(value < below));
process.exitCode = missed.length === 0 ? 0 : 1;
