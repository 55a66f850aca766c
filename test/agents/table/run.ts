import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type AgentStage, openAgentStage } from "../../../bench/agents/agent-stage.ts";
import { weigh } from "../../../bench/agents/memory-figures.ts";
import { sumMb } from "../../../bench/agents/process-tree.ts";
import { toMedian } from "../../../bench/process-figures.ts";
import { agentWays } from "../../../src/runners/external/agent-book.ts";
import { type AgentName, pinnedAgents } from "../pinned-agents.ts";
import { type AgentRow, renderPage } from "./render-table.ts";

/*
 * `npm run agents:table`: runs the pinned agents on a scripted model, one kind after the other, and writes what they were
 * measured at, with what each of them takes, into docs/agents.md. The row of one that cannot be fetched stays as it is;
 * with `-- --ways` all of them do, and only what they take is written anew. `-- --agent gemini`: that one alone.
 */

const page = join(import.meta.dirname, "../../../docs/agents.md");
const startRounds = 5;
const running = 10;

const { values } = parseArgs({
  options: { ways: { type: "boolean" }, agent: { type: "string", multiple: true } },
});
const rows: AgentRow[] = [];
for (const name of values.ways === true ? [] : (values.agent ?? Object.keys(agentWays))) {
  if (!Object.hasOwn(pinnedAgents, name)) continue;
  process.stderr.write(`${name} …\n`);
  const row = await measure(name as AgentName);
  if (row !== undefined) rows.push(row);
}
const note = rows.length === 0 ? null : toNote();
writeFileSync(page, renderPage(readFileSync(page, "utf8"), rows, { ways: agentWays, note }));

async function measure(name: AgentName): Promise<AgentRow | undefined> {
  await using scene = await openAgentStage(name);
  if (scene === undefined) return undefined;
  const { tree, oursMb } = await weigh(scene, running);
  const startMs = await timeStart(scene);
  const { agents } = await scene.api.listAgents();
  const { version, level } = agents.find((agent) => agent.name === name) ?? { version: null, level: null };
  return {
    name,
    version: version ?? "unknown",
    level: level ?? "",
    startMs,
    treeMb: sumMb(tree, "daemon", "recorder", "agent", "other"),
    oursMb: oursMb / running,
    measured: new Date().toISOString().slice(0, 10),
  };
}

/** From the spawn until its model is asked, alone: the first thing that all agents do alike. */
async function timeStart(scene: AgentStage): Promise<number> {
  const { api, model, name } = scene;
  model.setScript(() => ({ text: "ok" }));
  await scene.spawnAndWait(["Say ok."]);
  const taken: number[] = [];
  for (let round = 0; round < startRounds; round += 1) {
    const [before, startedAt] = [model.requests.length, Date.now()];
    const { batch_id: batch } = await api.spawn({ sessions: [{ task: "Say ok.", agent: name }] });
    await api.waitFor(batch);
    taken.push((model.requests[before]?.startedAt ?? Number.NaN) - startedAt);
  }
  return toMedian(taken);
}

function toNote(): string[] {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}`;
  return [
    `Start: from the spawn until its model is asked, alone, median of ${startRounds}. Memory: PSS of the whole tree, daemon included, with`,
    "ten sessions that wait for their model; ours of it: the recorder, and what the daemon grows. The model is scripted;",
    `${machine}, load average ${(loadavg()[0] ?? 0).toFixed(1)}.`,
  ];
}
