import { toOneLine } from "../../core/plain-text.ts";

export interface ModelLabels {
  provider: string;
  model: string;
  [name: string]: string;
}

/** Names a model for a label: "other" beyond the first hundred, and for one that never answered. */
export interface ModelNames {
  /** Of a model that has answered: from now on it is told by its name. */
  learn(provider: string, model: string): ModelLabels;
  find(provider: string, model: string): ModelLabels;
}

const mostModels = 100;
const mostProviders = 40;
const longestName = 100;
const other = "other";

/** Whoever may spawn can name any model: what was never answered must not become a label of its own. */
export function createModelNames(redact: (text: string) => string): ModelNames {
  const known = new Map<string, ModelLabels>();
  const providers = new Set<string>();
  const toLabel = (text: string): string =>
    toOneLine(redact(text.slice(0, longestName * 4))).slice(0, longestName);
  const toProvider = (provider: string): string => {
    if (providers.size < mostProviders) providers.add(provider);
    return providers.has(provider) ? toLabel(provider) : other;
  };
  const find = (provider: string, model: string): ModelLabels =>
    known.get(toKey(provider, model)) ?? { provider: toProvider(provider), model: other };
  return {
    find,
    learn(provider, model) {
      const key = toKey(provider, model);
      if (!known.has(key) && known.size < mostModels) {
        known.set(key, { provider: toProvider(provider), model: toLabel(model) });
      }
      return find(provider, model);
    },
  };
}

function toKey(provider: string, model: string): string {
  return JSON.stringify([provider, model]);
}
