import type { ModelPrice, PriceCalculation, TieredPrices } from "@pydantic/genai-prices";
import { type Clock, systemClock } from "../core/clock.ts";
import type { PriceUsed } from "../core/journal.ts";
import { type MicroUsd, toMicroUsd } from "../core/money.ts";
import type { Usage } from "../core/usage.ts";
import { findPriced, hasTokenPrices, isFree, loadPriceLibrary, type PriceLibrary } from "./price-list.ts";
import { modelAliases } from "./provider-data.ts";

export interface CallToPrice {
  provider: string;
  model: string;
  usage: Usage;
  /** The provider's own word, which is what it bills. */
  reportedCostUsd?: number | undefined;
  /** Prices change on dates; default the system's. */
  clock?: Clock;
}

export interface CallPrice {
  /** Rounded up; null where no price is known, never 0 for want of one. */
  costMicroUsd: MicroUsd | null;
  price: PriceUsed | null;
}

const source = "genai-prices 0.1.8";
const free: CallPrice = {
  costMicroUsd: 0,
  price: { source: "local", model: "local", inputUsdPerMillion: 0, outputUsdPerMillion: 0 },
};
const unpriced: CallPrice = { costMicroUsd: null, price: null };

/**
 * What a call cost: by the provider's own word, else by the shipped price list. `usage.inputTokens` is the total with cache, as the list
 * wants it. A custom provider is priced only if the list has a provider of that very name.
 */
export async function priceCall(call: CallToPrice): Promise<CallPrice> {
  if (isFree(call.provider)) return free;
  if (call.reportedCostUsd !== undefined) return toReported(call, call.reportedCostUsd);
  const calculation = calculate(await loadPriceLibrary(), call);
  if (calculation === null || !hasTokenPrices(calculation.model_price)) return unpriced;
  return {
    costMicroUsd: toMicroUsd(calculation.total_price),
    price: {
      source,
      model: calculation.model.id,
      inputUsdPerMillion: toRate(calculation.model_price, "input_mtok", call.usage),
      outputUsdPerMillion: toRate(calculation.model_price, "output_mtok", call.usage),
    },
  };
}

function toReported({ provider, model }: CallToPrice, usd: number): CallPrice {
  const price = { source: provider, model, inputUsdPerMillion: null, outputUsdPerMillion: null };
  return { costMicroUsd: toMicroUsd(usd), price };
}

function calculate(
  library: PriceLibrary,
  { provider, model, usage, clock }: CallToPrice,
): PriceCalculation | null {
  const priced = findPriced(library, provider);
  if (priced === undefined) return null;
  const modelId = modelAliases[provider]?.[model] ?? model;
  const tokens = {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  };
  try {
    const options = { provider: priced, timestamp: new Date((clock ?? systemClock).now()) };
    return library.calcPrice(tokens, modelId, options);
  } catch {
    // The list throws for counts that do not add up; then nothing can be said about the price.
    return null;
  }
}

/** The rate that applied: long prompts have their own with some models. */
function toRate(prices: ModelPrice, key: string, usage: Usage): number | null {
  const rate: number | TieredPrices | undefined = prices[key];
  if (rate === undefined || typeof rate === "number") return rate ?? null;
  const tier = rate.tiers.findLast(({ start }) => usage.inputTokens > start);
  return tier?.price ?? rate.base;
}
