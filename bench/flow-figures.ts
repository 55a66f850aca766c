import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import type { ModelScript } from "../test/support/model-server/reply.ts";
import { type Api, createApi } from "./api.ts";
import type { Figure } from "./figure.ts";
import { createPrefixCache } from "./prefix-cache.ts";
import { toMedian } from "./process-figures.ts";
import { openStage } from "./stage.ts";

const steps = 50;
const items = 1_000;
const slots = 50;
const answerMs = 1_000;
const siblings = 20;
const rounds = 3;
const settings = { provider: "anthropic", tools: ["read_file", "grep", "glob"] };

/** What a flow adds to its sessions, how well it fills the slots, and what siblings read from the cache. */
export async function measureFlows(): Promise<Figure[]> {
  return [await measureSteps(), await measureForeach(), await measureCache()];
}

/** A chain of steps, against the same sessions spawned and waited for one after the other. */
async function measureSteps(): Promise<Figure> {
  const [flows, plain]: [number[], number[]] = [[], []];
  await withApi({ script: () => ({ text: "ok" }) }, async (api) => {
    for (let round = 0; round < rounds; round += 1) {
      flows.push(await time(() => runCompleted(api, toChain())));
      plain.push(
        await time(async () => {
          for (let at = 0; at < steps; at += 1) {
            const batch = await api.spawn({ sessions: [{ ...settings, task: `Step ${at}` }] });
            await api.waitFor(batch.batch_id);
          }
        }),
      );
    }
  });
  const [flow, bare] = [toMedian(flows), toMedian(plain)];
  return {
    name: `a flow of ${steps} steps in a row: a step over the same session spawned and waited for`,
    value: (flow - bare) / steps,
    unit: "ms",
    below: 10,
    note: `medians of ${rounds}: ${flow.toFixed(0)} ms, one by one over HTTP ${bare.toFixed(0)} ms`,
  };
}

async function measureForeach(): Promise<Figure> {
  const script: ModelScript = () => ({ text: "ok", delayMs: answerMs });
  const wallMs = await withApi({ script }, (api) => time(() => runCompleted(api, toForeach(items))));
  const idealMs = (items / slots) * answerMs;
  return {
    name: `foreach of ${items} at limit ${slots}, answers of ${answerMs / 1_000} s: wall ÷ ideal`,
    value: wallMs / idealMs,
    unit: "×",
    below: 1.2,
    note: `${wallMs.toFixed(0)} ms, ideal ${idealMs} ms; one goes ahead of the others`,
  };
}

async function measureCache(): Promise<Figure> {
  const cache = createPrefixCache();
  const script: ModelScript = ({ body }) => ({ text: "ok", usage: cache.count(body), delayMs: 100 });
  const usage = await withApi({ script }, async (api) => {
    await runCompleted(api, toForeach(siblings));
    return api.readUsage();
  });
  return {
    name: `${siblings} siblings: input that is not read from the provider's cache`,
    value: 100 * (1 - usage.cache_read_tokens / usage.input_tokens),
    unit: "%",
    below: 20,
    note: `${usage.cache_read_tokens} of ${usage.input_tokens} tokens read from it, by a server that counts marked prefixes`,
  };
}

function toChain(): unknown {
  return Array.from({ length: steps }, (_, at) => ({
    id: `s${at}`,
    task: `Step ${at}`,
    ...settings,
    needs: at === 0 ? [] : [`s${at - 1}`],
  }));
}

/** With the tools that a session has by default. */
function toForeach(count: number): unknown {
  const { provider } = settings;
  return [
    { id: "all", foreach: Array.from({ length: count }, (_, at) => at), task: "Part {{ item }}", provider },
  ];
}

async function runCompleted(api: Api, plan: unknown): Promise<void> {
  const { status } = await api.runFlow({ flow: { steps: plan } });
  if (status !== "completed") throw new Error(`the flow ended ${status}`);
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function withApi<Value>(
  { script }: { script: ModelScript },
  work: (api: Api) => Promise<Value>,
): Promise<Value> {
  const model = await startModelServer({ keepBodies: false, script });
  try {
    await using stage = openStage({
      ANTHROPIC_API_KEY: "bench",
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      POOL_MAX_CONCURRENT: String(slots),
    });
    stage.run("up");
    const api = createApi(stage.daemon());
    // fetch may still hold a connection to the stage before, whose daemon had the same port.
    await api.listSessions().catch(() => undefined);
    return await work(api);
  } finally {
    await model.close();
  }
}
