import { redactKeys } from "./redact.ts";
import { ProfclawError } from "../core/errors.ts";
import type { ModelChoice, ModelWish } from "../core/model-choice.ts";
import { findNearest } from "../core/nearest.ts";
import type { ModelPreference } from "../config/file/to-settings.ts";
import type { Credentials } from "./credentials.ts";
import { type PriceList } from "./price-list.ts";
import {
  findProviderEntry,
  modelAliases,
  providerEntries,
  toBaseUrlVariable,
  toKeyVariable,
} from "./provider-data.ts";

export interface ResolveContext {
  credentials: Credentials;
  prices: PriceList;
  /** From the user's file. */
  preference?: ModelPreference | undefined;
  /** What Ollama has installed; null: none answers. Looked up only where `needsLocalModels` says so. */
  localModels?: readonly string[] | null;
}

/** Whether the answer may depend on what a local server has: then it is asked first. */
export function needsLocalModels(request: ModelWish, { credentials, preference }: ResolveContext): boolean {
  const { provider, model } = prefer(request, preference);
  if (model !== undefined) return false;
  return provider === undefined ? findKeyed(credentials) === undefined : provider === "ollama";
}

/**
 * The rules of model names, all of them. A provider given: the model goes out as written, a slash in
 * it included. Only a model: `provider/model`, split at the first slash, or a bare id of exactly one
 * provider. Neither: the first provider with a key, else Ollama if it answers. Errors: `unknown-provider`, `unknown-model`,
 * `provider-key-missing`, `model-required`, `config-invalid`.
 */
export function resolveModel(request: ModelWish, context: ResolveContext): ModelChoice {
  const { provider, model } = prefer(request, context.preference);
  if (provider !== undefined) return settle({ provider, model }, context);
  if (model === undefined) {
    const keyed = { provider: findKeyed(context.credentials) ?? requireLocal(context) };
    return settle({ ...keyed, model: prefer(keyed, context.preference).model }, context);
  }
  const slash = model.indexOf("/");
  if (slash === -1) return settle({ provider: findOwner(model, context.prices), model }, context);
  const named = { provider: model.slice(0, slash), model: model.slice(slash + 1) };
  requireProvider(named.provider, context, { pointer: "model", model });
  return settle(named, context);
}

/** What the user's file prefers, where the caller leaves it open; a caller's own model is looked up as it is. */
function prefer(request: ModelWish, preference: ModelPreference | undefined): ModelWish {
  if (preference === undefined || request.model !== undefined) return request;
  const provider = request.provider ?? preference.provider;
  if (provider === undefined) return { model: preference.model };
  const own = preference.models.get(provider);
  return { provider, model: provider === preference.provider ? (preference.model ?? own) : own };
}

function settle(
  { provider, model }: { provider: string; model?: string | undefined },
  context: ResolveContext,
): ModelChoice {
  requireProvider(provider, context, { pointer: "provider" });
  requireKey(provider, context.credentials);
  const local = provider === "ollama" ? context.localModels?.[0] : undefined;
  const asked = model ?? local ?? findProviderEntry(provider)?.defaultModel;
  if (asked === undefined || asked === "") throw toModelRequired(provider, context);
  const sent = modelAliases[provider]?.[asked] ?? asked;
  return {
    provider,
    model: sent,
    requestedModel: sent === asked ? null : asked,
    warnings: context.prices.hasModel(provider, sent)
      ? []
      : [
          `No price is known for ${sent} of ${provider}: its cost will not be counted.` +
            toModelGuess(sent, [provider], context.prices),
        ],
  };
}

function requireProvider(
  provider: string,
  { credentials, prices }: ResolveContext,
  from: { pointer: string; model?: string },
): void {
  if (findProviderEntry(provider) !== undefined) return;
  if (credentials.get(provider)?.baseUrl !== undefined) return;
  const names = providerEntries.map((entry) => entry.name);
  const owner = names.find(
    (name) => name !== "ollama" && from.model !== undefined && prices.hasModel(name, from.model),
  );
  const nearest = findNearest(provider, names);
  // A variable's name would not show any more that it was made of a key.
  const named = redactKeys(provider) === provider ? provider : "name";
  const guess = nearest.length > 0 ? ` Did you mean ${nearest.join(" or ")}?` : "";
  throw new ProfclawError("unknown-provider", `There is no provider "${provider}".${guess}`, {
    pointer: from.pointer,
    hint:
      (owner === undefined ? "" : `${from.model} is a model of ${owner}: give the provider too. `) +
      `There are ${names.join(", ")}; for any other server that speaks OpenAI's chat completions set ` +
      `${toBaseUrlVariable(named)} to its URL (and ${toKeyVariable(named)} if it wants a key).`,
  });
}

function requireKey(provider: string, credentials: Credentials): void {
  const entry = findProviderEntry(provider);
  const isKeyless = entry === undefined || entry.isKeyless === true;
  if (isKeyless || hasKey(provider, credentials)) return;
  throw toKeyMissing(provider);
}

/** No key is known for a provider that needs one. */
export function toKeyMissing(provider: string): ProfclawError {
  return new ProfclawError("provider-key-missing", `There is no key for ${provider}.`, {
    pointer: "provider",
    hint: `Set ${toKeyVariable(provider)} in the shell you call from, or name another provider.`,
  });
}

function hasKey(provider: string, credentials: Credentials): boolean {
  const key = credentials.get(provider)?.apiKey;
  return key !== undefined && key !== "";
}

function findKeyed(credentials: Credentials): string | undefined {
  return providerEntries.find((entry) => !entry.isKeyless && hasKey(entry.name, credentials))?.name;
}

/** The last that is tried: a local server asks for no key. */
function requireLocal({ localModels }: ResolveContext): string {
  if (localModels?.[0] !== undefined) return "ollama";
  const variables = providerEntries.flatMap(({ name, isKeyless }) =>
    isKeyless ? [] : [toKeyVariable(name)],
  );
  throw new ProfclawError("provider-key-missing", "No provider was named and there is no key for any.", {
    pointer: "provider",
    hint:
      `Set one of ${variables.join(", ")}; or ${toLocalWay(localModels)}; or set <NAME>_BASE_URL to a server ` +
      "that speaks OpenAI's chat completions and pass that name as the provider with a model; or see it work " +
      "without a key: profclaw demo.",
  });
}

/** The one provider that a bare id belongs to: listed there, or else named in its style. */
function findOwner(model: string, prices: PriceList): string {
  const names = providerEntries.flatMap((entry) => (entry.isKeyless ? [] : [entry.name]));
  const listed = names.filter((name) => isListed(name, model, prices));
  const styled = names.filter((name) => prices.looksLike(name, model));
  // Google sells Claude too: the maker, where it is known by the name, is who is meant.
  const makers = listed.filter((name) => styled.includes(name));
  const owners = listed.length > 1 && makers.length === 1 ? makers : listed.length > 0 ? listed : styled;
  const [owner] = owners;
  if (owner !== undefined && owners.length === 1) return owner;
  const hint = `Write provider/model, or name the provider: ${names.join(", ")}.`;
  throw new ProfclawError(
    "unknown-model",
    owners.length > 1
      ? `"${model}" is a model of ${owners.join(" and ")}.`
      : `No known provider has a model "${model}".${toModelGuess(model, names, prices)}`,
    { pointer: "model", hint },
  );
}

function isListed(provider: string, model: string, prices: PriceList): boolean {
  return modelAliases[provider]?.[model] !== undefined || prices.hasModel(provider, model);
}

function toModelGuess(model: string, providers: readonly string[], prices: PriceList): string {
  const known = providers.flatMap((name) => prices.find(name)?.models.map(({ id }) => id) ?? []);
  const nearest = findNearest(model, [...new Set(known)]);
  return nearest.length > 0 ? ` Did you mean ${nearest.join(" or ")}?` : "";
}

function toModelRequired(provider: string, { localModels }: ResolveContext): ProfclawError {
  if (provider === "ollama") {
    const lack = localModels ? "has no model installed" : "does not answer, so its models are not known";
    return new ProfclawError("model-required", `Ollama ${lack}.`, {
      pointer: "model",
      hint: `First ${toLocalWay(localModels)}; or say where it is: OLLAMA_HOST.`,
    });
  }
  return new ProfclawError("model-required", `${provider} has no default model.`, {
    pointer: "model",
    hint: `Name one: --provider ${provider} --model <name>, or --model ${provider}/<name>.`,
  });
}

/** What is missing for a local model, as something to type. */
function toLocalWay(localModels: readonly string[] | null | undefined): string {
  return localModels ? "install a model: ollama pull qwen3" : "start Ollama: ollama serve, ollama pull qwen3";
}
