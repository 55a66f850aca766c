import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import { readMemoryMb, toMedian, toPercentile } from "./process-figures.ts";
import { bin, openStage, type Stage, startModel } from "./stage.ts";

const spawns = 100;
const clients = 100;
const memoryRounds = 3;

/** What the tools of other agents cost: how soon spawn answers, and what clients that are connected hold. */
export async function measureMcp(): Promise<Figure[]> {
  await using model = await startModel("second");
  const env = { ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.url, POOL_MAX_CONCURRENT: "50" };
  return [...(await measureSpawn(env)), await measureClients(env)];
}

async function measureSpawn(env: Record<string, string>): Promise<Figure[]> {
  await using stage = openStage(env);
  stage.run("up");
  const bridge = new StdioClientTransport({
    command: process.execPath,
    args: [bin, "mcp"],
    cwd: stage.workspace,
    env: stage.env as Record<string, string>,
    stderr: "ignore",
  });
  return [
    toSpawnFigure("the stdio bridge", await timeSpawns(bridge)),
    toSpawnFigure("HTTP", await timeSpawns(toHttp(stage, "bench"))),
  ];
}

function toSpawnFigure(by: string, taken: readonly number[]): Figure {
  const note = `${spawns} in a row, while the earlier ones run; median ${toMedian(taken).toFixed(1)} ms`;
  return {
    name: `spawn over MCP, ${by}, p95`,
    value: toPercentile(taken, 0.95),
    unit: "ms",
    below: 100,
    note,
  };
}

function toHttp(stage: Stage, peer: string): Transport {
  const { url, token } = stage.daemon();
  return new StreamableHTTPClientTransport(new URL(`${url}/mcp?peer=${peer}`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
}

async function connect(transport: Transport): Promise<Client> {
  const client = new Client({ name: "bench", version: "1" });
  await client.connect(transport);
  return client;
}

async function timeSpawns(transport: Transport): Promise<number[]> {
  const client = await connect(transport);
  const taken: number[] = [];
  for (let round = 0; round < spawns; round += 1) {
    const startedAt = performance.now();
    const answer = await client.callTool({ name: "spawn", arguments: { prompt: `bench ${round}` } });
    taken.push(performance.now() - startedAt);
    if (answer.isError === true) throw new Error(JSON.stringify(answer.content));
  }
  await client.close();
  return taken;
}

/** Each of them has shaken hands, listed the tools and waits for mail; before the first, the SDK is not loaded either. */
async function measureClients(env: Record<string, string>): Promise<Figure> {
  const costs: number[] = [];
  for (let round = 0; round < memoryRounds; round += 1) costs.push(await weighClients(env));
  const note = `in the daemon, each waiting for mail over HTTP; median of ${costs.map((cost) => cost.toFixed(0)).join(", ")}`;
  return { name: `${clients} clients connected`, value: toMedian(costs), unit: "MB", below: 150, note };
}

async function weighClients(env: Record<string, string>): Promise<number> {
  await using stage = openStage(env);
  stage.run("up");
  await pause(1_000);
  const { pid } = stage.daemon();
  const before = readMemoryMb(pid).now;
  const connected = await Promise.all(
    Array.from({ length: clients }, (_, index) => connect(toHttp(stage, `client-${index}`))),
  );
  const waits = connected.map(async (client) => {
    await client.listTools();
    return client.callTool({ name: "wait", arguments: { timeout_s: 20 } });
  });
  await pause(5_000);
  const held = readMemoryMb(pid).now - before;
  await Promise.all(waits);
  await Promise.all(connected.map((client) => client.close()));
  return held;
}
