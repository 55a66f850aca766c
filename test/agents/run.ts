import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installAgent } from "./install-agent.ts";
import { type AgentName, pinnedAgents, toVariable } from "./pinned-agents.ts";

/*
 * `npm run test:agents [-- --agent claude] [-- …what vitest takes]`: the tests that drive real agents, on a scripted
 * model. Each is fetched once into a cache folder outside of this checkout; the tests of one that cannot be had are skipped.
 */

const root = join(import.meta.dirname, "../..");
const { wanted, forVitest } = readArguments(process.argv.slice(2));
const found: Record<string, string> = {};
for (const name of wanted) {
  const installed = await installAgent(name);
  const title = `${name} ${pinnedAgents[name].version}`;
  if (installed.kind === "there") {
    found[toVariable(name)] = installed.program;
    process.stderr.write(`${title}: ${installed.program}\n`);
  } else {
    process.stderr.write(`${title} could not be fetched, its tests are skipped: ${installed.reason}\n`);
  }
}
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const args = [vitest, "run", "--config", "vitest.agents.config.ts", ...forVitest];
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  env: { ...process.env, ...found },
  stdio: "inherit",
});
process.exitCode = status ?? 1;

function readArguments(args_: readonly string[]): { wanted: AgentName[]; forVitest: string[] } {
  const all = Object.keys(pinnedAgents) as AgentName[];
  const named: AgentName[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args_.length; at += 1) {
    const [word = "", next = ""] = args_.slice(at, at + 2);
    if (word !== "--agent") {
      rest.push(word);
      continue;
    }
    const name = all.find((one) => one === next);
    if (name === undefined) {
      process.stderr.write(`No agent "${next}". There are: ${all.join(", ")}\n`);
      process.exit(2);
    }
    named.push(name);
    at += 1;
  }
  return { wanted: named.length > 0 ? named : all, forVitest: rest };
}
