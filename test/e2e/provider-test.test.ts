import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProviderTestView } from "../../src/contract/model-operations.ts";
import type { CostView } from "../../src/contract/shapes.ts";
import type { Reply } from "../support/model-server/reply.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

async function readCost(by: string): Promise<CostView> {
  return (await stage.rest(`/api/cost?group_by=${by}`)).json<CostView>();
}

test("a provider that works is told with model, time and cost, which is booked, and no session is made", async () => {
  const usage = { inputTokens: 1_000, outputTokens: 10 };
  stage.model.setScript(() => ({ text: "OK", usage }));
  const { exitCode, stdout, stderr } = await stage.run(["provider", "test", "anthropic"]);
  expect(exitCode, stderr).toBe(0);
  // 1000 × 3 + 10 × 15 USD per million.
  expect(stdout).toMatch(
    /^anthropic works: claude-sonnet-4-6 answered in \d+ ms, \$0\.0032 \(1000 tokens in, 10 out\)\.$/m,
  );
  expect(stage.model.requests).toHaveLength(1);
  expect(await stage.sessions()).toEqual([]);
  for (const by of ["model", "session", "batch", "tree", "label", "day"]) {
    const { cost_usd: cost, rows, calls } = await readCost(by);
    expect({ by, cost, calls, sessions: rows[0]?.sessions }).toEqual({
      by,
      cost: "0.00315",
      calls: 1,
      sessions: 0,
    });
  }
  const table = await stage.run(["cost", "--by", "session"]);
  expect(table.stdout).toContain("(no session)");
});

test("--json is the REST answer, field by field", async () => {
  const fromCli = JSON.parse((await stage.run(["provider", "test", "groq", "--json"])).stdout) as object;
  const answer = await stage.rest("/api/providers/test", { body: { provider: "groq" } });
  expect(answer.status).toBe(200);
  const fromRest = answer.json<ProviderTestView>();
  expect(Object.keys(fromCli)).toEqual(Object.keys(fromRest));
  expect(fromRest).toMatchObject({ ok: true, model: "llama-3.3-70b-versatile", error: null });
  expect(fromRest.first_text_ms).toBeLessThanOrEqual(fromRest.latency_ms);
});

test("without a name it is the provider that a session would take", async () => {
  expect((await stage.run(["provider", "test"])).stdout).toMatch(/^anthropic works/);
  const other = await stage.run(["provider", "test", "--model", "groq/llama-3.3-70b"]);
  expect(other.stdout).toMatch(/^groq works: llama-3\.3-70b-versatile/);
});

test.each<[Reply, number, string, RegExp]>([
  [{ status: 401, error: { message: "invalid x-api-key test-key" } }, 3, "auth", /ANTHROPIC_API_KEY/],
  [
    { status: 404, error: { message: "model: nope" } },
    3,
    "not-found",
    /profclaw models list --provider anthropic/,
  ],
  [{ status: 429, headers: { "retry-after": "7" } }, 1, "rate-limited", /try again in 7 s/],
  [{ status: 529 }, 1, "overloaded", /too much to do/],
  [{ status: 500 }, 1, "server-error", /try again in a while/],
  [{ text: "Hello there", cutAfterChunks: 3 }, 1, "cut-off|network", /connection|network/],
])(
  "a fault is named with what to do, asked once, and its exit code says whose it is (%j)",
  async (...said) => {
    const [reply, exitCode, code, hint] = said;
    stage.model.setScript(() => reply);
    const before = stage.model.requests.length;
    const ended = await stage.run(["provider", "test", "anthropic"]);
    expect(ended.exitCode, ended.stderr).toBe(exitCode);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toMatch(new RegExp(`anthropic does not work \\((${code}), claude-sonnet-4-6`));
    expect(ended.stderr).toMatch(hint);
    expect(ended.stderr).not.toContain("test-key");
    expect(stage.model.requests.length - before).toBe(1);
  },
);

test("a call that broke off counts as possibly billed, a refused one as nothing", async () => {
  const before = await readCost("model");
  stage.model.setScript(() => ({ text: "Hello there", cutAfterChunks: 3 }));
  const answer = await stage.rest("/api/providers/test", { body: { provider: "anthropic" } });
  expect(answer.json<ProviderTestView>()).toMatchObject({ ok: false, cost_usd: null });
  stage.model.setScript(() => ({ status: 401 }));
  const refused = await stage.rest("/api/providers/test", { body: { provider: "anthropic" } });
  expect(refused.json<ProviderTestView>()).toMatchObject({ ok: false, cost_usd: "0.00" });
  const after = await readCost("model");
  expect(after.calls - before.calls).toBe(1);
  expect(after.possibly_billed_calls - before.possibly_billed_calls).toBe(1);
});

test("a name that is none, a key that is missing and a server that is away say what to type", async () => {
  const typo = await stage.run(["provider", "test", "antropic"]);
  expect(typo.exitCode).toBe(3);
  expect(typo.stderr).toMatch(/Did you mean anthropic\?/);
  const keyless = await stage.run(["provider", "test", "mistral"]);
  expect(keyless.exitCode).toBe(3);
  expect(keyless.stderr).toMatch(/MISTRAL_API_KEY/);
  const away = await stage.run(["provider", "test", "ollama", "--model", "qwen3"]);
  expect(away.exitCode).toBe(1);
  expect(away.stderr).toMatch(/Nothing answers at http:\/\/127\.0\.0\.1:9.*ollama serve/);
  const unknown = await stage.rest("/api/providers/test", { body: { name: "groq" } });
  expect(unknown.status).toBe(422);
});

test("the limits of the day hold for it too", async () => {
  stage.model.setScript(() => ({ text: "OK" }));
  expect((await stage.run(["cost", "limits", "set", "--day", "0.000001"])).exitCode).toBe(0);
  const before = stage.model.requests.length;
  const { exitCode, stderr } = await stage.run(["provider", "test", "anthropic"]);
  expect(exitCode).toBe(7);
  expect(stderr).toMatch(/limit of the day/);
  expect(stage.model.requests.length).toBe(before);
  expect((await stage.run(["cost", "limits", "set", "--day", "none"])).exitCode).toBe(0);
});
