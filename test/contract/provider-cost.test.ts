import { afterAll, beforeAll, expect, test } from "vitest";
import { createProviderCatalog } from "../../src/providers/catalog.ts";
import { type CallPrice, priceCall } from "../../src/providers/price-call.ts";
import { streamTurn } from "../../src/providers/stream-turn.ts";
import type { JsonRecord } from "../support/model-server/reply.ts";
import { type ModelServer, startModelServer } from "../support/model-server/start-model-server.ts";

let server: ModelServer;

beforeAll(async () => {
  server = await startModelServer({ script: () => ({ text: "unset" }) });
});
afterAll(() => server.close());

/** One call whose usage came with these words of the provider's own. */
async function pay(provider: string, model: string, words: JsonRecord): Promise<CallPrice> {
  const rawUsage = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100, ...words };
  server.setScript(() => ({ text: "ok", rawUsage }));
  const credentials = { get: () => ({ apiKey: "k", baseUrl: server.url }) };
  const opened = await createProviderCatalog({ credentials }).openModel({ provider, model });
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hi." }] }];
  const outcome = await streamTurn({
    model: opened,
    options: { prompt },
    signal: new AbortController().signal,
  });
  if (outcome.kind !== "answer") throw new Error(outcome.fault.detail);
  const { usage, reportedCostUsd } = outcome;
  return await priceCall({ provider, model, usage, reportedCostUsd });
}

test.each([
  [0.000_123, 123],
  [0.29, 290_000],
  [1.1, 1_100_000],
  // Where a float has no such number, the micro-dollar above it.
  [0.000_000_4, 1],
  [0, 0],
])("what OpenRouter says a call cost, %d USD, is what it is booked at", async (cost, microUsd) => {
  expect(await pay("openrouter", "z-ai/glm-5", { cost })).toEqual({
    costMicroUsd: microUsd,
    price: { source: "openrouter", model: "z-ai/glm-5", inputUsdPerMillion: null, outputUsdPerMillion: null },
  });
});

test("with a key of one's own at the maker, the maker's bill is added to OpenRouter's fee", async () => {
  const words = { cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } };
  expect((await pay("openrouter", "z-ai/glm-5", words)).costMicroUsd).toBe(21_000);
  const ownKey = { ...words, is_byok: false };
  expect((await pay("openrouter", "z-ai/glm-5", ownKey)).costMicroUsd).toBe(1_000);
});

test.each([-1, "0.5", null, 1e300])(
  "a cost of %j is no price: the list's is taken, or none",
  async (cost) => {
    expect(await pay("openrouter", "nobody/made-this", { cost })).toEqual({
      costMicroUsd: null,
      price: null,
    });
    const words = { cost, is_byok: true, cost_details: null };
    expect((await pay("openrouter", "nobody/made-this", words)).costMicroUsd).toBeNull();
  },
);

test("no other provider's word on its cost is taken", async () => {
  const { price } = await pay("groq", "llama-3.3-70b-versatile", { cost: 0 });
  expect(price?.source).toMatch(/^genai-prices/);
});
