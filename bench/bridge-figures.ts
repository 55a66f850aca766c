import { setTimeout as sleep } from "node:timers/promises";
import { connectClient, type McpStage } from "../test/support/mcp/connect-client.ts";
import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import { type Api, createApi } from "./api.ts";
import type { Figure } from "./figure.ts";
import { toMedian, toPercentile } from "./process-figures.ts";
import { openStage } from "./stage.ts";

const rounds = 200;
const ends = 60;

interface Waited {
  status: string;
  tasks: { status: string }[];
  messages: { content: string }[];
}

/** The same as over HTTP, for an agent that waits in the MCP tool `wait` behind `profclaw mcp`. */
export async function measureBridge(): Promise<Figure[]> {
  const model = await startModelServer({
    keepBodies: false,
    script: () => ({ text: "done", delayMs: 150 }),
  });
  try {
    await using stage = openStage({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.anthropicUrl });
    stage.run("up");
    await using mcp = await connectClient(stage, { args: ["--peer", "sleeper"] });
    const writer = createApi(stage.daemon(), "writer");
    return [
      toFigure("whisper → a waiting MCP client has it", await wakeClient(writer, mcp), rounds),
      toFigure(
        "end of a session → the MCP client that waits for it knows",
        await awaitEnds(writer, mcp),
        ends,
      ),
    ];
  } finally {
    await model.close();
  }
}

function toFigure(name: string, taken: readonly number[], times: number): Figure {
  const note = `${times} in a row, over the stdio bridge; median ${toMedian(taken).toFixed(1)} ms`;
  return { name: `${name}, p95`, value: toPercentile(taken, 0.95), unit: "ms", below: 20, note };
}

async function wakeClient(writer: Api, mcp: McpStage): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const waiting = mcp.call<Waited>("wait", { timeout_s: 30 });
    // It is to sleep before it is woken.
    await sleep(10);
    const startedAt = performance.now();
    const posting = writer.post("/messages", { to_cid: "sleeper", content: `${round}` });
    const { messages } = await waiting;
    taken.push(performance.now() - startedAt);
    if (messages.length !== 1 || messages[0]?.content !== `${round}`) {
      throw new Error(`round ${round} was told ${JSON.stringify(messages)}`);
    }
    await posting;
    await mcp.call("inbox", { mark_read: true });
  }
  return taken;
}

/** By the daemon's own time of the end, which is before its commit. */
async function awaitEnds(api: Api, mcp: McpStage): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < ends; round += 1) {
    const { task_id: id } = await mcp.call<{ task_id: string }>("spawn", { prompt: "quick" });
    const { status, tasks } = await mcp.call<Waited>("wait", { tasks: [id], timeout_s: 30 });
    const knownAt = Date.now();
    if (status !== "done" || tasks[0]?.status !== "completed") throw new Error(JSON.stringify(tasks));
    const { ended_at: endedAt } = await api.getSession(id);
    taken.push(knownAt - Date.parse(endedAt ?? ""));
    await mcp.call("inbox", { mark_read: true });
  }
  return taken;
}
