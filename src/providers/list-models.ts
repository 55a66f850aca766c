import { findPriced, hasTokenPrices, loadPriceLibrary } from "./price-list.ts";
import { providerEntries } from "./provider-data.ts";

/** A model of the shipped price list; prices in USD per million tokens, of its first tier. */
export interface ListedModel {
  provider: string;
  model: string;
  inputUsd: number;
  outputUsd: number;
  /** Tokens, in and out together; null: the list does not know. */
  contextWindow: number | null;
  /** Taken where a caller names the provider alone. */
  isDefault: boolean;
}

/** What the price list knows of one provider, or of all that we know; nothing is asked over the network. */
export async function listModels(provider?: string): Promise<ListedModel[]> {
  const library = await loadPriceLibrary();
  const now = new Date();
  return providerEntries
    .filter(({ name }) => provider === undefined || name === provider)
    .flatMap(({ name, defaultModel }) => {
      const priced = findPriced(library, name);
      return (priced?.models ?? []).flatMap(({ id, context_window: contextWindow }) => {
        const price = priced && library.calcPrice({}, id, { provider: priced, timestamp: now });
        if (!price || !hasTokenPrices(price.model_price)) return [];
        const { input_mtok: input, output_mtok: output } = price.model_price;
        return [
          {
            provider: name,
            model: id,
            inputUsd: toBase(input),
            outputUsd: toBase(output),
            contextWindow: contextWindow ?? null,
            isDefault: id === defaultModel,
          },
        ];
      });
    });
}

function toBase(price: number | { base: number } | undefined): number {
  return typeof price === "object" ? price.base : (price ?? 0);
}
