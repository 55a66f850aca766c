import type { ModelPrice, Provider } from "@pydantic/genai-prices";
import { findProviderEntry, priceListNames } from "./provider-data.ts";

/**
 * The prices that ship with @pydantic/genai-prices, looked up and never fetched: its `updatePrices` is
 * the only thing that goes to the network, and nobody here calls it. 800 KB, so loaded when first asked.
 */
export interface PriceList {
  /** Listed, and priced by token in both directions. */
  hasModel(provider: string, model: string): boolean;
  /** A name in the style of that provider (gpt-…, claude…), listed or not. */
  looksLike(provider: string, model: string): boolean;
  find(provider: string): Provider | undefined;
}

export type PriceLibrary = typeof import("@pydantic/genai-prices");

let loading: Promise<PriceLibrary> | undefined;

export function loadPriceLibrary(): Promise<PriceLibrary> {
  // Kept: an import() that is already loaded still costs a turn as much as a file's lookup.
  loading ??= import("@pydantic/genai-prices");
  return loading;
}

// More models than any daemon uses; an id is a caller's text, so there is an end.
const mostKept = 500;
let list: PriceList | undefined;

export async function loadPriceList(): Promise<PriceList> {
  list ??= createPriceList(await loadPriceLibrary());
  return list;
}

function createPriceList(library: PriceLibrary): PriceList {
  // A thousand sessions of one batch ask for the same model.
  const known = new Map<string, boolean>();
  const find = (provider: string): Provider | undefined => findPriced(library, provider);
  return {
    find,
    hasModel(provider, model) {
      if (isFree(provider)) return true;
      const key = JSON.stringify([provider, model]);
      const isPriced = known.get(key) ?? isTokenPriced(library, provider, model);
      if (known.size >= mostKept) known.clear();
      known.set(key, isPriced);
      return isPriced;
    },
    looksLike(provider, model) {
      const styled = library.findProvider({ modelId: model });
      return styled !== undefined && styled.id === find(provider)?.id;
    },
  };
}

/** By its very name: the library itself would take any provider whose name merely contains "openai". */
export function findPriced(library: PriceLibrary, provider: string): Provider | undefined {
  const id = priceListNames[provider] ?? provider;
  const found = library.findProvider({ providerId: id });
  return found?.id === id ? found : undefined;
}

const narrowed = new Map<string, Provider>();

/**
 * The provider with nothing but that model in its list; whole where the list lacks it. A provider's list is
 * searched by patterns, and searching it for every call was a tenth of all that a busy daemon threw away.
 */
export function findPricedModel(
  library: PriceLibrary,
  provider: string,
  model: string,
): Provider | undefined {
  const key = JSON.stringify([provider, model]);
  const known = narrowed.get(key);
  if (known !== undefined) return known;
  const priced = findPriced(library, provider);
  if (priced === undefined) return undefined;
  const found = library.calcPrice({}, model, { provider: priced });
  if (found === null) return priced;
  const { fallback_model_providers: _, ...own } = priced;
  const narrow = { ...own, models: [found.model] };
  if (narrowed.size >= mostKept) narrowed.clear();
  narrowed.set(key, narrow);
  return narrow;
}

function isTokenPriced(library: PriceLibrary, provider: string, model: string): boolean {
  const priced = findPricedModel(library, provider, model);
  const price = priced === undefined ? null : library.calcPrice({}, model, { provider: priced });
  return price !== null && hasTokenPrices(price.model_price);
}

/** A local server's calls cost nothing. */
export function isFree(provider: string): boolean {
  return findProviderEntry(provider)?.isKeyless === true;
}

/** False for models billed by the hour or image, for which the library answers a price of 0. */
export function hasTokenPrices(prices: ModelPrice): boolean {
  return prices["input_mtok"] !== undefined && prices["output_mtok"] !== undefined;
}
