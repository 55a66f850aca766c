import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModelListView, ProviderListView } from "../../src/contract/model-operations.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

// A person without any key; whether there is an Ollama is each test's own matter.
let stage: Stage;

beforeAll(async () => {
  const env = { ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "", GROQ_API_KEY: "", OPENAI_BASE_URL: "" };
  stage = await createStage({ env: { ...env, ANTHROPIC_BASE_URL: "", GROQ_BASE_URL: "" } });
});
afterAll(() => stage.close());

test("without a key and without Ollama nothing starts, and the ways on name it", async () => {
  const { exitCode, stderr } = await stage.run(["agent", "spawn", "--task", "Say hello"]);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/No provider was named and there is no key for any/);
  expect(stderr).toMatch(/ollama serve/);
  expect(stderr).toMatch(/profclaw demo/);
  const list = await stage.run(["provider", "list"]);
  expect(list.stdout).toMatch(/ollama +no +none needed +start it: ollama serve/);
});

test("an Ollama that a shell names is found, and works for nothing without a word more", async () => {
  stage.model.setInstalled(["nomic-embed-text:latest", "qwen3:8b", "llama3.2:latest"]);
  const env = { OLLAMA_HOST: new URL(stage.model.url).host };
  const list = await stage.run(["provider", "list", "--json"], { env });
  const { providers } = JSON.parse(list.stdout) as ProviderListView;
  expect(providers.find(({ name }) => name === "ollama")).toMatchObject({
    ready: true,
    has_key: false,
    default_model: "qwen3:8b",
  });
  const spawned = await stage.run(["agent", "spawn", "--json", "--task", "Say hello"], { env });
  expect(spawned.exitCode, spawned.stderr).toBe(0);
  expect(spawned.stderr).toMatch(/1 session · ollama\/qwen3:8b/);
  const [session] = await stage.sessions();
  expect(session).toMatchObject({
    provider: "ollama",
    model: "qwen3:8b",
    status: "completed",
    cost_usd: "0.00",
    result: { text: "done: Say hello" },
  });
  const { stdout } = await stage.run(["models", "list", "--provider", "ollama", "--json"], { env });
  const { models } = JSON.parse(stdout) as ModelListView;
  expect(models.map(({ model, default: isDefault }) => [model, isDefault])).toEqual([
    ["qwen3:8b", true],
    ["llama3.2:latest", false],
  ]);
});

test("a host that swallows the question holds up neither a start nor the list", async () => {
  // TEST-NET-1 (RFC 5737): nobody answers, and nobody refuses.
  const env = { OLLAMA_HOST: "192.0.2.1" };
  await stage.run(["down"]);
  const startedAt = performance.now();
  expect((await stage.run(["up"], { env })).exitCode).toBe(0);
  const upMs = performance.now() - startedAt;
  const listedAt = performance.now();
  expect((await stage.run(["provider", "list"], { env })).stdout).toMatch(/ollama +no/);
  const listMs = performance.now() - listedAt;
  // A start asks nothing; the list waits 300 ms at most. The rest is the two programs' own time.
  expect(listMs).toBeLessThan(upMs + 2_000);
});
