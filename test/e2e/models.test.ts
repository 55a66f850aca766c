import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModelListView, ProviderListView } from "../../src/contract/model-operations.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

test("provider list says whose key is here, by the variable's name, and never the key", async () => {
  const { exitCode, stdout } = await stage.run(["provider", "list", "--json"]);
  expect(exitCode).toBe(0);
  const { providers } = JSON.parse(stdout) as ProviderListView;
  const names = providers.map(({ name }) => name);
  expect(names.slice(0, 9)).toEqual([
    "anthropic",
    "openai",
    "google",
    "groq",
    "mistral",
    "xai",
    "deepseek",
    "openrouter",
    "ollama",
  ]);
  expect(providers[0]).toMatchObject({ ready: true, has_key: true, key_variable: "ANTHROPIC_API_KEY" });
  expect(providers.find(({ name }) => name === "mistral")).toMatchObject({ ready: false, has_key: false });
  const key = stage.env["ANTHROPIC_API_KEY"] ?? "";
  expect(key).not.toBe("");
  const table = await stage.run(["provider", "list"]);
  expect(table.stdout).toMatch(/ollama +no +none needed +start it: ollama serve/);
  expect(table.stdout).toMatch(/mistral +no +export MISTRAL_API_KEY=…/);
  expect(`${stdout}${table.stdout}${table.stderr}`).not.toContain(key);
});

test("models list has prices, windows and the default; an unknown provider is refused with the nearest", async () => {
  const { stdout } = await stage.run(["models", "list", "--provider", "anthropic", "--json"]);
  const { models } = JSON.parse(stdout) as ModelListView;
  expect(models.find((model) => model.default)).toMatchObject({
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    input_usd: 3,
    output_usd: 15,
  });
  expect(models.every((model) => model.input_usd > 0 && model.output_usd > 0)).toBe(true);
  const all = await stage.run(["models", "list"]);
  expect(all.stdout).toMatch(/groq +llama-3\.3-70b-versatile \*/);
  const typo = await stage.run(["models", "list", "--provider", "antropic"]);
  expect(typo.exitCode).toBe(3);
  expect(typo.stderr).toMatch(/Did you mean anthropic\?/);
});
