import type { ModelListView, ProviderListView } from "../contract/model-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import { type ListedModel, listModels as readModels } from "../providers/list-models.ts";
import type { OperationParts } from "./parts.ts";

export async function listProviders({ engineParts }: OperationParts): Promise<ProviderListView> {
  const providers = await engineParts.providers();
  return {
    providers: providers.map(({ keyVariable, hasKey, isReady, baseUrl, defaultModel, name }) => ({
      name,
      ready: isReady,
      key_variable: keyVariable,
      has_key: hasKey,
      base_url: baseUrl,
      default_model: defaultModel,
    })),
  };
}

/** Throws unknown-provider for one that is neither shipped nor the person's own. */
export async function listModels(
  { engineParts }: OperationParts,
  { provider }: { provider?: string | undefined },
): Promise<ModelListView> {
  const names = (await engineParts.providers()).map(({ name }) => name);
  if (provider !== undefined && !names.includes(provider)) {
    const [nearest] = findNearest(provider, names);
    throw new ProfclawError("unknown-provider", `No provider is called "${provider}".`, {
      pointer: "provider",
      hint: nearest === undefined ? `There are: ${names.join(", ")}.` : `Did you mean ${nearest}?`,
    });
  }
  const listed = await readModels(provider);
  const wantsLocal = provider === undefined || provider === "ollama";
  const local = wantsLocal ? (await engineParts.localModels()).map(toLocalModel) : [];
  return {
    models: [...listed, ...local].map(({ inputUsd, outputUsd, contextWindow, isDefault, ...same }) => ({
      ...same,
      input_usd: inputUsd,
      output_usd: outputUsd,
      context_window: contextWindow,
      default: isDefault,
    })),
  };
}

/** Its window is what Ollama was told, and it tells nobody. */
function toLocalModel(model: string, place: number): ListedModel {
  const isDefault = place === 0;
  return { provider: "ollama", model, inputUsd: 0, outputUsd: 0, contextWindow: null, isDefault };
}
