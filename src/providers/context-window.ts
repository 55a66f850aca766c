import { findPriced, loadPriceLibrary } from "./price-list.ts";
import { modelAliases } from "./provider-data.ts";

// What current models of unknown name have at least; a smaller one says so by refusing.
const unknownWindow = 128_000;

// The list ships with us and does not change while we run. More models than any daemon uses.
const mostKept = 500;
const kept = new Map<string, number>();

/** How many tokens a model takes, in and out together, by the shipped price list; 128,000 where it has none. */
export async function findContextWindow(provider: string, model: string): Promise<number> {
  const key = JSON.stringify([provider, model]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const tokens = await lookUp(provider, model);
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, tokens);
  return tokens;
}

async function lookUp(provider: string, model: string): Promise<number> {
  const library = await loadPriceLibrary();
  const priced = findPriced(library, provider);
  if (priced === undefined) return unknownWindow;
  const modelId = modelAliases[provider]?.[model] ?? model;
  return library.calcPrice({}, modelId, { provider: priced })?.model.context_window ?? unknownWindow;
}
