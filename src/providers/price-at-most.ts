import type { ModelPrice } from "@pydantic/genai-prices";
import { type Clock, systemClock } from "../core/clock.ts";
import { type MicroUsd, toMicroUsd } from "../core/money.ts";
import { findPricedModel, hasTokenPrices, isFree, loadPriceLibrary } from "./price-list.ts";
import { modelAliases } from "./provider-data.ts";

export interface CallAtMost {
  provider: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** Prices change on dates; default the system's. */
  clock?: Pick<Clock, "now">;
}

/**
 * The most that a call of these sizes can be booked at: all of its input fresh or all of it written to
 * the cache, at the rates of long prompts if it may be one. Null where the shipped price list has no price.
 */
export async function priceAtMost(call: CallAtMost): Promise<MicroUsd | null> {
  if (isFree(call.provider)) return 0;
  const sheets = await readSheets(call);
  if (sheets === null) return null;
  const { inputTokens, outputTokens } = call;
  const dearest = (keys: readonly string[]): number =>
    Math.max(...sheets.flatMap((sheet) => keys.map((key) => toDearestRate(sheet[key], inputTokens))));
  const input = dearest(["input_mtok", "cache_write_mtok", "cache_read_mtok"]);
  const output = dearest(["output_mtok"]);
  return toMicroUsd((inputTokens * input + outputTokens * output) / 1e6);
}

/** USD per million. A prompt of at most so many tokens may stay below each tier, or reach it. */
function toDearestRate(rate: ModelPrice[string], inputTokens: number): number {
  if (rate === undefined || typeof rate === "number") return rate ?? 0;
  const reached = rate.tiers.filter(({ start }) => start < inputTokens).map(({ price }) => price);
  return Math.max(rate.base, ...reached);
}

const hourMs = 3_600_000;
const kept = new Map<string, { hour: number; sheets: ModelPrice[] | null }>();
// More models than any daemon uses in an hour.
const mostKept = 500;

/** The model's prices of this hour and the next two: some change with the time of day, and calls take time. */
async function readSheets({ provider, model, clock }: CallAtMost): Promise<ModelPrice[] | null> {
  const hour = Math.floor((clock ?? systemClock).now() / hourMs);
  const key = JSON.stringify([provider, model]);
  const known = kept.get(key);
  if (known?.hour === hour) return known.sheets;
  const library = await loadPriceLibrary();
  const modelId = modelAliases[provider]?.[model] ?? model;
  const priced = findPricedModel(library, provider, modelId);
  const prices = [hour, hour + 1, hour + 2].map((at) =>
    priced === undefined
      ? undefined
      : library.calcPrice({}, modelId, { provider: priced, timestamp: new Date(at * hourMs) })?.model_price,
  );
  const listed = prices.filter((price) => price !== undefined && hasTokenPrices(price));
  const sheets = listed.length === prices.length ? (listed as ModelPrice[]) : null;
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, { hour, sheets });
  return sheets;
}
