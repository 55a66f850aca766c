import { describe, expect, test } from "vitest";
import { ProfclawError } from "../../../src/core/errors.ts";
import { knownProviders } from "../../../src/core/known-providers.ts";
import { createProviderCatalog } from "../../../src/providers/catalog.ts";
import { providerEntries } from "../../../src/providers/provider-data.ts";
import type { Credential } from "../../../src/providers/credentials.ts";
import type { ModelChoice, ModelWish } from "../../../src/core/model-choice.ts";

const allKeys: Record<string, Credential> = {
  anthropic: { apiKey: "a" },
  openai: { apiKey: "o" },
  groq: { apiKey: "g" },
};

async function resolve(
  request: ModelWish,
  known: Record<string, Credential> = allKeys,
  installed: string[] | null = null,
): Promise<ModelChoice> {
  const localModels = { look: () => Promise.resolve(installed) };
  const credentials = { get: (name: string): Credential | undefined => known[name] };
  return await createProviderCatalog({ credentials, localModels }).resolve(request);
}

async function refuse(
  request: ModelWish,
  known: Record<string, Credential> = allKeys,
  installed: string[] | null = null,
): Promise<ProfclawError> {
  try {
    await resolve(request, known, installed);
  } catch (error) {
    if (error instanceof ProfclawError) return error;
  }
  throw new Error("it was not refused");
}

describe("a provider given", () => {
  test("its default model is taken and named where no model is given", async () => {
    expect(await resolve({ provider: "anthropic" })).toEqual({
      provider: "anthropic",
      model: "claude-sonnet-4-6",
      requestedModel: null,
      warnings: [],
    });
    expect(await resolve({ provider: "openai" })).toMatchObject({ model: "gpt-6-sol", warnings: [] });
    expect(await resolve({ provider: "groq" })).toMatchObject({
      model: "llama-3.3-70b-versatile",
      warnings: [],
    });
  });

  test("the model goes out as written, a slash in it is not split", async () => {
    expect(await resolve({ provider: "groq", model: "openai/gpt-oss-120b" })).toMatchObject({
      provider: "groq",
      model: "openai/gpt-oss-120b",
      requestedModel: null,
    });
  });

  test("an alias is replaced, and what was asked for is kept beside it", async () => {
    expect(await resolve({ provider: "groq", model: "llama-3.3-70b" })).toEqual({
      provider: "groq",
      model: "llama-3.3-70b-versatile",
      requestedModel: "llama-3.3-70b",
      warnings: [],
    });
  });

  test("a model without a price is a warning and no error", async () => {
    const resolved = await resolve({ provider: "anthropic", model: "claude-next-1" });
    expect(resolved.model).toBe("claude-next-1");
    expect(resolved.warnings).toEqual([
      "No price is known for claude-next-1 of anthropic: its cost will not be counted.",
    ]);
  });

  test("one without a price that is nearly a known one says which, and goes out as written", async () => {
    const resolved = await resolve({ provider: "anthropic", model: "claude-sonet-4-6" });
    expect(resolved.model).toBe("claude-sonet-4-6");
    expect(resolved.warnings[0]).toMatch(/Did you mean .*claude-sonnet-4-6/);
  });

  test("a mistyped one is refused with the nearest names", async () => {
    const error = await refuse({ provider: "antropic" });
    expect(error).toMatchObject({ code: "unknown-provider", pointer: "provider", status: 400 });
    expect(error.message).toContain("anthropic");
  });

  test("one that nobody knows is refused with those that there are and how to give a URL", async () => {
    const error = await refuse({ provider: "somewhere", model: "m" });
    expect(error.code).toBe("unknown-provider");
    expect(error.hint).toContain(
      "anthropic, openai, google, groq, mistral, xai, deepseek, openrouter, ollama",
    );
    expect(error.hint).toContain("SOMEWHERE_BASE_URL");
  });

  test.each([
    ["google", "gemini-3.8-flash"],
    ["mistral", "mistral-medium-latest"],
    ["xai", "grok-4.6"],
    ["deepseek", "deepseek-v4-pro"],
  ])("%s has a default model with a price: %s", async (provider, model) => {
    const choice = await resolve({ provider }, { [provider]: { apiKey: "k" } });
    expect(choice).toMatchObject({ model, warnings: [] });
  });

  test("openrouter wants a model named; ollama wants no key, and costs nothing", async () => {
    const error = await refuse({ provider: "openrouter" }, { openrouter: { apiKey: "k" } });
    expect(error.code).toBe("model-required");
    expect(await resolve({ model: "ollama/qwen3" }, {})).toMatchObject({ provider: "ollama", warnings: [] });
  });

  test("a key that is missing is named by its variable", async () => {
    const error = await refuse({ provider: "groq", model: "x" }, { anthropic: { apiKey: "a" } });
    expect(error).toMatchObject({ code: "provider-key-missing", pointer: "provider" });
    expect(error.hint).toContain("GROQ_API_KEY");
  });
});

describe("a server of one's own", () => {
  const home = { home: { baseUrl: "http://127.0.0.1:11434" } };

  test("needs a URL and a model, and no key", async () => {
    expect(await resolve({ provider: "home", model: "org/model:7b" }, home)).toMatchObject({
      provider: "home",
      model: "org/model:7b",
      warnings: [expect.stringContaining("No price is known")],
    });
  });

  test("has no default model", async () => {
    const error = await refuse({ provider: "home" }, home);
    expect(error).toMatchObject({ code: "model-required", pointer: "model" });
    expect(error.hint).toContain("home/");
  });
});

describe("only a model given", () => {
  test("it is split at the first slash", async () => {
    expect(await resolve({ model: "groq/openai/gpt-oss-20b" })).toMatchObject({
      provider: "groq",
      model: "openai/gpt-oss-20b",
    });
  });

  test.each([
    ["claude-opus-5", "anthropic"],
    ["gpt-6-luna", "openai"],
    ["llama-3.3-70b-versatile", "groq"],
    ["llama-3.3-70b", "groq"],
    ["gpt-99", "openai"],
  ])("the bare id %s belongs to %s", async (model, provider) => {
    expect(await resolve({ model })).toMatchObject({ provider });
  });

  test("a bare id that belongs to nobody is refused with the nearest ones", async () => {
    const error = await refuse({ model: "lama-3.3-70b-versatile" });
    expect(error).toMatchObject({ code: "unknown-model", pointer: "model", status: 400 });
    expect(error.message).toContain("llama-3.3-70b-versatile");
  });

  test("a slash after something that is no provider is refused, and the owner is named", async () => {
    const error = await refuse({ model: "meta-llama/llama-4-scout-17b-16e-instruct" });
    expect(error).toMatchObject({ code: "unknown-provider", pointer: "model" });
    expect(error.hint).toContain("is a model of groq");
  });
});

describe("nothing given", () => {
  test("the first provider with a key is taken, in the order of the list", async () => {
    expect(await resolve({})).toMatchObject({ provider: "anthropic" });
    expect(await resolve({}, { groq: { apiKey: "g" }, openai: { apiKey: "o" } })).toMatchObject({
      provider: "openai",
    });
    expect(await resolve({}, { mistral: { apiKey: "x" }, groq: { apiKey: "g" } })).toMatchObject({
      provider: "groq",
    });
  });

  test("without any key the ways on are said, the demo among them", async () => {
    const error = await refuse({}, { anthropic: { apiKey: "" } });
    expect(error.code).toBe("provider-key-missing");
    expect(error.hint).toContain("ANTHROPIC_API_KEY, OPENAI_API_KEY, GOOGLE_API_KEY, GROQ_API_KEY");
    expect(error.hint).toContain("profclaw demo");
  });
});

describe("a local Ollama", () => {
  test("is the last that is taken where nothing is given, with its first model", async () => {
    const local = { provider: "ollama", model: "qwen3:8b", requestedModel: null, warnings: [] };
    expect(await resolve({}, {}, ["qwen3:8b", "llama3.2:latest"])).toEqual(local);
    expect(await resolve({}, { openrouter: { apiKey: "k" }, groq: { apiKey: "g" } }, ["qwen3:8b"])).toEqual(
      expect.objectContaining({ provider: "groq" }),
    );
  });

  test("has its first model as default, and any model that is named", async () => {
    expect(await resolve({ provider: "ollama" }, allKeys, ["a:1b", "b:2b"])).toMatchObject({ model: "a:1b" });
    expect(await resolve({ provider: "ollama", model: "b:2b" }, {}, ["a:1b"])).toMatchObject({
      model: "b:2b",
    });
  });

  test("that has no model, or does not answer, is told as something to type", async () => {
    const empty = await refuse({ provider: "ollama" }, {}, []);
    expect(empty).toMatchObject({ code: "model-required", message: "Ollama has no model installed." });
    expect(empty.hint).toContain("ollama pull qwen3");
    const silent = await refuse({ provider: "ollama" }, {}, null);
    expect(silent.message).toContain("does not answer");
    expect(silent.hint).toContain("ollama serve");
    expect((await refuse({}, {}, null)).hint).toContain("start Ollama: ollama serve");
    expect((await refuse({}, {}, [])).hint).toContain("install a model: ollama pull qwen3");
  });

  test("is not asked where the answer does not depend on it", async () => {
    const localModels = { look: () => Promise.reject(new Error("it was asked")) };
    const catalog = createProviderCatalog({ credentials: { get: (name) => allKeys[name] }, localModels });
    const named = { provider: "ollama", model: "m" };
    for (const wish of [{}, { provider: "groq" }, { model: "gpt-6-sol" }, named]) {
      expect(await catalog.resolve(wish)).toMatchObject({ warnings: [] });
    }
  });
});

test("a key that comes later counts at once", async () => {
  const known: Record<string, Credential> = {};
  const localModels = { look: () => Promise.resolve(null) };
  const catalog = createProviderCatalog({ credentials: { get: (name) => known[name] }, localModels });
  await expect(catalog.openModel({ provider: "groq", model: "m" })).rejects.toMatchObject({
    code: "provider-key-missing",
  });
  known["groq"] = { apiKey: "late" };
  const standings = await catalog.list();
  expect(standings.find(({ name }) => name === "groq")).toMatchObject({ hasKey: true, isReady: true });
  expect((await catalog.openModel({ provider: "groq", model: "m" })).modelId).toBe("m");
});

test("a model that another provider sells too belongs to its maker", async () => {
  const all = { ...allKeys, google: { apiKey: "x" }, openrouter: { apiKey: "r" } };
  expect(await resolve({ model: "claude-sonnet-4-6" }, all)).toMatchObject({ provider: "anthropic" });
  expect(await resolve({ model: "gemini-3.8-flash" }, all)).toMatchObject({ provider: "google" });
  expect(await resolve({ model: "gpt-6-sol" }, all)).toMatchObject({ provider: "openai" });
});

const preferred = { provider: "groq", model: "llama-3.3-70b", models: new Map([["openai", "gpt-5"]]) };

test("the user's file fills in what a caller leaves open, and nothing else", async () => {
  const catalog = createProviderCatalog({
    credentials: { get: (name) => allKeys[name] },
    preference: () => preferred,
  });
  expect(await catalog.resolve({})).toMatchObject({ provider: "groq", model: "llama-3.3-70b-versatile" });
  expect(await catalog.resolve({ provider: "openai" })).toMatchObject({ model: "gpt-5" });
  expect(await catalog.resolve({ provider: "anthropic" })).toMatchObject({ model: "claude-sonnet-4-6" });
  expect(await catalog.resolve({ model: "gpt-6-sol" })).toMatchObject({ provider: "openai" });
});

test("the providers that settings know by name are those that are there, in the same order", () => {
  expect(providerEntries.map(({ name }) => name)).toEqual(knownProviders);
});
