import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModelListView, ProviderListView } from "../../src/contract/model-operations.ts";
import type { CostView } from "../../src/contract/shapes.ts";
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

test("a session on OpenRouter costs what OpenRouter says, to the micro-dollar, and so does the report", async () => {
  const usage = { prompt_tokens: 9_000, completion_tokens: 70, total_tokens: 9_070, cost: 0.001_234 };
  stage.model.setScript(({ turn, toolNames }) =>
    turn === 0
      ? { toolCalls: [{ name: toolNames[0] ?? "", input: { path: "." } }], rawUsage: usage }
      : { text: "looked", rawUsage: { ...usage, cost: 0.000_000_4 } },
  );
  const env = { OPENROUTER_API_KEY: "test-key", OPENROUTER_BASE_URL: stage.model.url };
  await stage.run(["provider", "list"], { env });
  const { sessions } = await stage.spawn({
    sessions: [
      {
        task: "look",
        provider: "openrouter",
        model: "z-ai/glm-5",
        tools: ["list_dir"],
        budget_tokens: 99_999,
      },
    ],
  });
  const [ended] = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended).toMatchObject({ status: "completed", model: "z-ai/glm-5", cost_usd: "0.001235" });
  const { rows } = (await stage.rest("/api/cost?group_by=provider")).json<CostView>();
  expect(rows.find(({ key }) => key === "openrouter")).toMatchObject({
    cost_usd: "0.001235",
    unpriced_calls: 0,
  });
});
