import type { ModelListView, ProviderListView } from "../contract/model-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import { listModels as readModels } from "../providers/list-models.ts";
import type { OperationParts } from "./parts.ts";

export function listProviders({ engineParts }: OperationParts): ProviderListView {
  return {
    providers: engineParts.providers().map(({ keyVariable, hasKey, baseUrl, defaultModel, name }) => ({
      name,
      ready: engineParts.isReady(name),
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
  const names = engineParts.providers().map(({ name }) => name);
  if (provider !== undefined && !names.includes(provider)) {
    const [nearest] = findNearest(provider, names);
    throw new ProfclawError("unknown-provider", `No provider is called "${provider}".`, {
      pointer: "provider",
      hint: nearest === undefined ? `There are: ${names.join(", ")}.` : `Did you mean ${nearest}?`,
    });
  }
  const models = await readModels(provider);
  return {
    models: models.map(({ inputUsd, outputUsd, contextWindow, isDefault, ...same }) => ({
      ...same,
      input_usd: inputUsd,
      output_usd: outputUsd,
      context_window: contextWindow,
      default: isDefault,
    })),
  };
}
