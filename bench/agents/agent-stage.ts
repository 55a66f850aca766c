import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { installAgent } from "../../test/agents/install-agent.ts";
import { type AgentName, pinnedAgents } from "../../test/agents/pinned-agents.ts";
import { type ModelServer, startModelServer } from "../../test/support/model-server/start-model-server.ts";
import { type Api, createApi } from "../api.ts";
import { type Stage, bin, openStage } from "../stage.ts";
import { type ByHand, byHand } from "./by-hand.ts";

/** A real agent and everything that it needs to be run by hand and by us: one model, one workspace. */
export interface AgentStage extends AsyncDisposable {
  name: AgentName;
  /** "claude 2.1.330". */
  title: string;
  /** Its program as the daemon finds it. */
  program: string;
  model: ModelServer;
  stage: Stage;
  api: Api;
  /** The pinned program as a person starts it for this task, to its end. Rejects for one that byHand has not. */
  runByHand(task: string): Promise<TimedRun>;
  /** `profclaw …`, to its end. */
  runOurs(args: readonly string[]): Promise<TimedRun>;
  /** Over REST, until the daemon says that all have ended; ms. Throws if one has failed. */
  spawnAndWait(tasks: readonly string[]): Promise<number>;
}

export interface TimedRun {
  ms: number;
  /** From the start to its first output. */
  firstMs: number;
}

/** Undefined where the agent cannot be had: said on stderr. */
export async function openAgentStage(name: AgentName): Promise<AgentStage | undefined> {
  const title = `${name} ${pinnedAgents[name].version}`;
  const installed = await installAgent(name);
  if (installed.kind === "missing") {
    process.stderr.write(`${title} could not be fetched, and is left out: ${installed.reason}\n`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "profclaw-agent-"));
  const [programs, home] = [join(folder, "bin"), join(folder, "person")];
  for (const made of [programs, home]) mkdirSync(made);
  symlinkSync(installed.program, join(programs, name));
  const model = await startModelServer({ keepBodies: false, script: () => ({ text: "ok" }) });
  const path = [programs, process.env["PATH"]].join(delimiter);
  const stage = openStage({ PATH: path, POOL_MAX_CONCURRENT: "50", ...toProviders(model) });
  const { workspace: cwd } = stage;
  writeFileSync(join(cwd, "notes.txt"), "a note\n");
  stage.run("up");
  const api = createApi(stage.daemon());
  const runByHand = (hand: ByHand | undefined, task: string): Promise<TimedRun> => {
    if (hand === undefined)
      throw new Error(`How ${name} is started by hand stands nowhere: add it to byHand.`);
    const env = { PATH: path, ...hand.env({ model, home }) };
    return runTimed({ argv: [installed.program, ...hand.args(task, model)], env, cwd });
  };
  return {
    name,
    title,
    program: join(programs, name),
    model,
    stage,
    api,
    runByHand: async (task) => runByHand(byHand[name], task),
    runOurs: (args) => runTimed({ argv: [process.execPath, bin, ...args], env: stage.env, cwd }),
    spawnAndWait: (tasks) => spawnAndWait(api, name, tasks),
    async [Symbol.asyncDispose]() {
      stage.run("agent", "stop", "--all");
      await stage[Symbol.asyncDispose]();
      await model.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function toProviders(model: ModelServer): Record<string, string> {
  return {
    ANTHROPIC_API_KEY: "bench",
    ANTHROPIC_BASE_URL: model.anthropicUrl,
    OPENAI_API_KEY: "bench",
    OPENAI_BASE_URL: model.openaiUrl,
    GEMINI_API_KEY: "bench",
    GOOGLE_BASE_URL: model.url,
  };
}

async function spawnAndWait(api: Api, agent: string, tasks: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const batch = await api.spawn({ sessions: tasks.map((task) => ({ task, agent })) });
  const counts = await api.waitFor(batch.batch_id);
  const ms = performance.now() - startedAt;
  if (counts["completed"] === tasks.length) return ms;
  throw new Error(`Of ${tasks.length} sessions of ${agent} ended: ${JSON.stringify(counts)}`);
}

interface Start {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** Its stdin is closed: some agents wait for what comes on an open one. */
function runTimed({ argv, env, cwd }: Start): Promise<TimedRun> {
  const [program = "", ...args] = argv;
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let firstMs = Number.NaN;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      if (said === "") firstMs = performance.now() - startedAt;
      said += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve({ ms: performance.now() - startedAt, firstMs });
      else reject(new Error(`${argv.join(" ")} ended ${code}: ${said.slice(-2_000)}`));
    });
  });
}
