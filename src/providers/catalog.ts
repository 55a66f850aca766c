import type { ModelPreference } from "../config/file/to-settings.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { isProviderReady } from "./is-provider-ready.ts";
import { type LocalModels, createLocalModels } from "./local-models.ts";
import { type OpenedModel, type OpenRequest, openModel } from "./open-model.ts";
import { loadPriceList } from "./price-list.ts";
import { findProviderEntry, providerEntries, toKeyVariable } from "./provider-data.ts";
import type { ModelChoice, ModelWish } from "../core/model-choice.ts";
import { needsLocalModels, resolveModel } from "./resolve-model.ts";

export interface ProviderCatalogOptions {
  /** Asked anew at every call: keys may come later. */
  credentials: Credentials;
  /** What is taken where a caller names no provider or no model. Asked anew at every resolution. */
  preference?: () => ModelPreference;
  /** Of profclaw, for the user-agent. */
  version?: string;
  /** Default: what Ollama answers. */
  localModels?: LocalModels;
}

/** A provider that can be named, and whether its key is here; never the key. */
export interface ProviderStanding {
  name: string;
  defaultModel: string | null;
  keyVariable: string;
  hasKey: boolean;
  /** A call can be made: what it needs is here. A local server has been asked. */
  isReady: boolean;
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
  list(names?: readonly string[]): Promise<ProviderStanding[]>;
  /** Models that a local server has installed; none where none answers. */
  listLocalModels(): Promise<string[]>;
}

export function createProviderCatalog({
  credentials,
  version,
  preference,
  localModels = createLocalModels({ credentials }),
}: ProviderCatalogOptions): ProviderCatalog {
  const userAgent = version === undefined ? "profclaw" : `profclaw/${version}`;
  const keep = createModelShelf();
  return {
    async resolve(request) {
      const context = { credentials, prices: await loadPriceList(), preference: preference?.() };
      if (!needsLocalModels(request, context)) return resolveModel(request, context);
      return resolveModel(request, { ...context, localModels: await localModels.look() });
    },
    openModel: (resolved) => keep({ resolved, credential: credentials.get(resolved.provider), userAgent }),
    async list(names = []) {
      const own = names.filter((name) => findProviderEntry(name) === undefined);
      const installed = await localModels.look();
      return [...providerEntries, ...own.map((name) => ({ name }))].map((entry) => {
        const standing = toStanding(entry, credentials.get(entry.name));
        if (entry.name !== "ollama")
          return { ...standing, isReady: isProviderReady(credentials, entry.name) };
        return { ...standing, defaultModel: installed?.[0] ?? null, isReady: installed !== null };
      });
    },
    listLocalModels: async () => (await localModels.look()) ?? [],
  };
}

function toStanding(
  { name, defaultModel, baseUrl }: { name: string; defaultModel?: string; baseUrl?: string },
  credential: Credential | undefined,
): Omit<ProviderStanding, "isReady"> {
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
