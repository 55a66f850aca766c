import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installAgent } from "./install-agent.ts";
import { type AgentName, pinnedAgents, toVariable } from "./pinned-agents.ts";
import { type AgentReport, mergeReports, readReport, skippedReport, sumUp } from "./reports.ts";
import { readArguments } from "./run-arguments.ts";

/*
 * `npm run test:agents [-- --agent claude] [-- …what vitest takes]`: the tests that drive real agents, on a scripted
 * model, one kind of agent after the other. Each is fetched once into a cache folder outside of this checkout; the tests of
 * one that cannot be had are skipped. The last lines are the sum. `--outputFile.json=<file>` gets one report of all.
 */

const root = join(import.meta.dirname, "../..");
const names = Object.keys(pinnedAgents) as AgentName[];
const asked = readArguments(process.argv.slice(2), names);
if (asked.kind === "unknown") {
  process.stderr.write(`No agent "${asked.name}". There are: ${names.join(", ")}\n`);
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), "profclaw-agents-"));
const reports: AgentReport[] = [];
for (const name of asked.agents) reports.push(await runAgent(name, asked.forVitest));
rmSync(work, { recursive: true, force: true });
if (asked.reportFile !== null) writeFileSync(asked.reportFile, JSON.stringify(mergeReports(reports)));
process.stderr.write(`\n${sumUp(reports)}\n`);
process.exitCode = reports.some(({ isRed }) => isRed) ? 1 : 0;

async function runAgent(name: AgentName, forVitest: readonly string[]): Promise<AgentReport> {
  const title = `${name} ${pinnedAgents[name].version}`;
  const installed = await installAgent(name);
  if (installed.kind === "missing") {
    process.stderr.write(`${title} could not be fetched, its tests are skipped: ${installed.reason}\n`);
    return skippedReport(title, `could not be fetched: ${installed.reason}`);
  }
  process.stderr.write(`${title}: ${installed.program}\n`);
  const file = join(work, `${name}.json`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const args = ["run", "--config", "vitest.agents.config.ts", ...reporters, ...forVitest];
  const { status } = spawnSync(process.execPath, [vitest, ...args, `test/agents/${name}/`], {
    cwd: root,
    env: { ...process.env, [toVariable(name)]: installed.program },
    stdio: "inherit",
  });
  const text = existsSync(file) ? readFileSync(file, "utf8") : null;
  return readReport({ title, text, exitCode: status ?? 1 });
}
