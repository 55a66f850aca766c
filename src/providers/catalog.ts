import type { ModelPreference } from "../config/file/to-settings.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { type OpenedModel, type OpenRequest, openModel } from "./open-model.ts";
import { loadPriceList } from "./price-list.ts";
import { findProviderEntry, providerEntries, toKeyVariable } from "./provider-data.ts";
import type { ModelChoice, ModelWish } from "../core/model-choice.ts";
import { resolveModel } from "./resolve-model.ts";

export interface ProviderCatalogOptions {
  /** Asked anew at every call: keys may come later. */
  credentials: Credentials;
  /** What is taken where a caller names no provider or no model. Asked anew at every resolution. */
  preference?: () => ModelPreference;
  /** Of profclaw, for the user-agent. */
  version?: string;
}

/** A provider that can be named, and whether its key is here; never the key. */
export interface ProviderStanding {
  name: string;
  defaultModel: string | null;
  keyVariable: string;
  hasKey: boolean;
  /** As it is called now; null: not known. */
  baseUrl: string | null;
}

/** Model access: names in, models out. */
export interface ProviderCatalog {
  /** Throws ProfclawErrors; see resolveModel. */
  resolve(request: ModelWish): Promise<ModelChoice>;
  /** Looks up key and URL at that moment. Throws `provider-key-missing` if the key has gone. */
  openModel(resolved: Pick<ModelChoice, "provider" | "model">): Promise<OpenedModel>;
  /** The shipped providers, in the order in which a key is looked for, then others of these names. */
  list(names?: readonly string[]): ProviderStanding[];
}

export function createProviderCatalog({
  credentials,
  version,
  preference,
}: ProviderCatalogOptions): ProviderCatalog {
  const userAgent = version === undefined ? "profclaw" : `profclaw/${version}`;
  const keep = createModelShelf();
  return {
    resolve: async (request) =>
      resolveModel(request, { credentials, prices: await loadPriceList(), preference: preference?.() }),
    openModel: (resolved) => keep({ resolved, credential: credentials.get(resolved.provider), userAgent }),
    list(names = []) {
      const own = names.filter((name) => findProviderEntry(name) === undefined);
      return [...providerEntries, ...own.map((name) => ({ name }))].map((entry) =>
        toStanding(entry, credentials.get(entry.name)),
      );
    },
  };
}

function toStanding(
  { name, defaultModel, baseUrl }: { name: string; defaultModel?: string; baseUrl?: string },
  credential: Credential | undefined,
): ProviderStanding {
  return {
    name,
    defaultModel: defaultModel ?? null,
    keyVariable: toKeyVariable(name),
    hasKey: (credential?.apiKey ?? "") !== "",
    baseUrl: credential?.baseUrl ?? baseUrl ?? null,
  };
}

// More combinations of model and key than any daemon uses at once.
const mostKept = 100;

/** Opened models by name, key and URL: they hold no state, and opening one costs as much as a short call. */
function createModelShelf(): (request: OpenRequest) => Promise<OpenedModel> {
  const shelf = new Map<string, Promise<OpenedModel>>();
  return async (request) => {
    const { resolved, credential } = request;
    const key = JSON.stringify([resolved.provider, resolved.model, credential]);
    const kept = shelf.get(key);
    if (kept !== undefined) return kept;
    const opening = openModel(request);
    await opening;
    if (shelf.size >= mostKept) shelf.clear();
    shelf.set(key, opening);
    return opening;
  };
}
