import type { ModelPrice, PriceCalculation, TieredPrices } from "@pydantic/genai-prices";
import { type Clock, systemClock } from "../core/clock.ts";
import type { PriceUsed } from "../core/journal.ts";
import { type MicroUsd, toMicroUsd } from "../core/money.ts";
import { type Usage, noUsage } from "../core/usage.ts";
import {
  findPricedModel,
  hasTokenPrices,
  isFree,
  loadPriceLibrary,
  type PriceLibrary,
} from "./price-list.ts";
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
 * What a call cost: by the provider's own word, else by the shipped price list. `usage.inputTokens` is the
 * total with cache, as the list wants it. A custom provider is priced only if the list has one of that name.
 */
export async function priceCall(call: CallToPrice): Promise<CallPrice> {
  if (isFree(call.provider)) return free;
  if (call.reportedCostUsd !== undefined) return toReported(call, call.reportedCostUsd);
  const library = await loadPriceLibrary();
  const plain = readPlainRates(library, call);
  if (plain !== null) return toPlainPrice(plain, call.usage);
  const calculation = calculate(library, call);
  if (calculation === null || !hasTokenPrices(calculation.model_price)) return unpriced;
  return { costMicroUsd: toMicroUsd(calculation.total_price), price: toPriceUsed(calculation, call.usage) };
}

/** What a million tokens of each kind cost, USD. */
interface PlainRates {
  fresh: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  price: PriceUsed;
}

// Some prices change with the time of day, at a full minute.
const minuteMs = 60_000;
const kept = new Map<string, { minute: number; rates: PlainRates | null }>();
// More models than any daemon uses in a minute.
const mostKept = 500;
const million = 1_000_000;

/**
 * The list's rates of this minute, where they do not depend on a prompt's length; null where they do, or where it
 * has none. Asking the list for every call took 50 µs of a turn, and a tenth of all garbage.
 */
function readPlainRates(library: PriceLibrary, call: CallToPrice): PlainRates | null {
  const minute = Math.floor((call.clock ?? systemClock).now() / minuteMs);
  const key = JSON.stringify([call.provider, call.model]);
  const known = kept.get(key);
  if (known?.minute === minute) return known.rates;
  const rates = findPlainRates(library, call);
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, { minute, rates });
  return rates;
}

function findPlainRates(library: PriceLibrary, call: CallToPrice): PlainRates | null {
  const priceOf = (usage: Partial<Usage>): PriceCalculation | null =>
    calculate(library, { ...call, usage: { ...noUsage, ...usage } });
  const fresh = priceOf({ inputTokens: million });
  const read = priceOf({ inputTokens: million, cacheReadTokens: million });
  const write = priceOf({ inputTokens: million, cacheWriteTokens: million });
  const output = priceOf({ outputTokens: million });
  if (fresh === null || read === null || write === null || output === null) return null;
  const sheet = fresh.model_price;
  if (!hasTokenPrices(sheet) || Object.values(sheet).some((rate) => typeof rate === "object")) return null;
  return {
    fresh: fresh.total_price,
    cacheRead: read.total_price,
    cacheWrite: write.total_price,
    output: output.total_price,
    price: toPriceUsed(fresh, noUsage),
  };
}

function toPlainPrice(rates: PlainRates, usage: Usage): CallPrice {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const fresh = inputTokens - cacheReadTokens - cacheWriteTokens;
  // Counts that do not add up: then nothing can be said about the price.
  if (!(Math.min(fresh, outputTokens, cacheReadTokens, cacheWriteTokens) >= 0)) return unpriced;
  const input = fresh * rates.fresh + cacheReadTokens * rates.cacheRead + cacheWriteTokens * rates.cacheWrite;
  return { costMicroUsd: toMicroUsd((input + outputTokens * rates.output) / million), price: rates.price };
}

function toPriceUsed(calculation: PriceCalculation, usage: Usage): PriceUsed {
  return {
    source,
    model: calculation.model.id,
    inputUsdPerMillion: toRate(calculation.model_price, "input_mtok", usage),
    outputUsdPerMillion: toRate(calculation.model_price, "output_mtok", usage),
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
  const modelId = modelAliases[provider]?.[model] ?? model;
  const priced = findPricedModel(library, provider, modelId);
  if (priced === undefined) return null;
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
