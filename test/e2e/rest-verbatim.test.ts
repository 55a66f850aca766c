import { afterAll, beforeAll, expect, test } from "vitest";
import type { AcceptedBatchView } from "../../src/contract/session-operations.ts";
import { toSpawnCurl } from "../support/e2e/document-commands.ts";
import { toBestMs } from "../support/best-of.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});

afterAll(() => stage.close());

/** The document's curl with what curl itself measured behind its answer. */
async function curlOnce(): Promise<{ status: number; seconds: number; accepted: AcceptedBatchView }> {
  const command = `${toSpawnCurl(stage.discovery().port)} -s -w '\\n%{http_code} %{time_total}'`;
  const { stdout, stderr, exitCode } = await stage.shell(command);
  expect(exitCode, stderr).toBe(0);
  const lines = stdout.split("\n");
  const [status = "", seconds = ""] = (lines.pop() ?? "").split(" ");
  const accepted = JSON.parse(lines.join("\n")) as AcceptedBatchView;
  return { status: Number(status), seconds: Number(seconds), accepted };
}

/** What curl measured of a spawn that has ended since, ms. */
async function curlMs(): Promise<number> {
  const { status, seconds, accepted } = await curlOnce();
  expect(status).toBe(202);
  await stage.untilEnded(accepted.sessions.map(({ id }) => id));
  return seconds * 1_000;
}

test("S11: the document's curl is answered 202 in under 100 ms", async () => {
  expect(await toBestMs(100, curlMs)).toBeLessThan(100);
});

test("S11: the answer names batch, sessions, models and links, and the links work", async () => {
  const { accepted } = await curlOnce();
  expect(accepted.sessions).toMatchObject([
    {
      status: "queued",
      task: "Review auth module for vulnerabilities",
      provider: "anthropic",
      model: "claude-sonnet-4-6",
    },
    { status: "queued", task: "Check test coverage", provider: "anthropic", model: "claude-sonnet-4-6" },
  ]);
  expect(accepted.sessions.map(({ batch_id }) => batch_id)).toEqual([accepted.batch_id, accepted.batch_id]);
  await stage.untilEnded(accepted.sessions.map(({ id }) => id));
  for (const links of [accepted.links, ...accepted.sessions.map((session) => session.links)]) {
    for (const [name, link] of Object.entries(links)) {
      if (name !== "cancel") expect((await stage.rest(link)).status, link).toBe(200);
    }
  }
});

test("S11: exactly that model string and exactly those tools are on the wire", async () => {
  const before = stage.model.requests.length;
  const { accepted } = await curlOnce();
  await stage.untilEnded(accepted.sessions.map(({ id }) => id));
  const seen = stage.model.requests
    .slice(before)
    .map(({ firstUserText, model, toolNames, wire }) => ({ firstUserText, model, toolNames, wire }));
  expect(seen.toSorted((a, b) => b.firstUserText.localeCompare(a.firstUserText))).toEqual([
    {
      firstUserText: "Review auth module for vulnerabilities",
      model: "claude-sonnet-4-6",
      toolNames: ["read_file", "grep", "glob"],
      wire: "anthropic",
    },
    {
      firstUserText: "Check test coverage",
      model: "claude-sonnet-4-6",
      toolNames: ["read_file", "test_run", "glob"],
      wire: "anthropic",
    },
  ]);
  expect(stage.model.violations).toEqual([]);
});

test("S11: model strings go out as they were written, known or not, with a slash or without", async () => {
  const models = ["claude-opus-4-7", "some/strange:model@2", "Ünï-cøde"];
  const before = stage.model.requests.length;
  const { sessions, warnings } = await stage.spawn({
    sessions: models.map((model) => ({ task: model, provider: "my-llm", model })),
  });
  await stage.untilEnded(sessions.map(({ id }) => id));
  const sent = stage.model.requests
    .slice(before)
    .map(({ model, firstUserText }) => `${firstUserText} → ${model}`);
  expect(sent.toSorted()).toEqual(models.map((model) => `${model} → ${model}`).toSorted());
  expect(warnings.join()).toContain("No price is known for some/strange:model@2");
});

test("S12: a provider without a model gets its default, and the answer names it", async () => {
  const providers = ["anthropic", "openai", "groq"];
  const { sessions } = await stage.spawn({
    sessions: providers.map((provider) => ({ task: provider, provider })),
  });
  await stage.untilEnded(sessions.map(({ id }) => id));
  const named = Object.fromEntries(sessions.map(({ provider, model }) => [provider, model]));
  expect(named).toMatchObject({ anthropic: "claude-sonnet-4-6", groq: "llama-3.3-70b-versatile" });
  for (const [task, model] of Object.entries(named)) {
    expect(stage.model.requests.findLast(({ firstUserText }) => firstUserText === task)?.model).toBe(model);
  }
  expect(sessions.map(({ requested_model }) => requested_model)).toEqual([null, null, null]);
});

test("S12: a substitute is never silent: requested_model stands beside model", async () => {
  const { sessions } = await stage.spawn({
    sessions: [{ task: "Find all API endpoints", provider: "groq", model: "llama-3.3-70b" }],
  });
  const [ended] = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended).toMatchObject({
    provider: "groq",
    model: "llama-3.3-70b-versatile",
    requested_model: "llama-3.3-70b",
    status: "completed",
  });
  expect(stage.model.requests.at(-1)).toMatchObject({
    model: "llama-3.3-70b-versatile",
    wire: "openai-chat",
  });
  const shown = await stage.run(["agent", "show", ended?.id ?? ""]);
  expect(shown.stdout).toContain("groq/llama-3.3-70b-versatile (for llama-3.3-70b)");
});

test("S12: nothing named at all is the first provider with a key", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "whoever" }] });
  expect(sessions).toMatchObject([{ provider: "anthropic", model: "claude-sonnet-4-6", agent: "builtin" }]);
  await stage.untilEnded(sessions.map(({ id }) => id));
});
