import { afterAll, beforeAll, expect, test } from "vitest";
import type { PoolView } from "../../src/contract/shapes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

const set = (key: string, value: string, env: Record<string, string> = {}) =>
  stage.run(["config", "set", key, value], { env });

test("without a daemon none is started, and the setting counts from the next start", async () => {
  const { exitCode, stdout } = await set("pool.max_concurrent", "4");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /pool\.max_concurrent is set in .*config\.yaml\. No daemon runs: it counts from the next/,
  );
  expect((await stage.run(["status"])).exitCode).toBe(4);
  await stage.run(["up"]);
  expect((await stage.rest("/api/pool")).json<PoolView>().max_concurrent).toBe(4);
});

test("a daemon that runs has it at once, and says what changed", async () => {
  const { stdout, stderr } = await set("pool.max_concurrent", "7");
  expect(stdout).toContain("The running daemon has it.");
  expect(stderr).toMatch(/daemon: at most 7 sessions at once \(was 4\)/);
  expect((await stage.rest("/api/pool")).json<PoolView>().max_concurrent).toBe(7);
  await set("provider", "groq");
  const { sessions } = await stage.spawn({ sessions: [{ task: "Say hello" }] });
  expect(sessions[0]).toMatchObject({ provider: "groq" });
  await stage.untilEnded(sessions.map(({ id }) => id));
});

test("what is read at the start only, and what the environment overrules, is said", async () => {
  const hook = '[{ url: "https://example.com/x", secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }]';
  const { stdout } = await set("webhooks", hook);
  expect(stdout).toContain("at the next start: profclaw down && profclaw up");
  expect(stdout).not.toContain("whsec_");
  const overruled = await stage.run(["config", "set", "pool.mode", "pro", "--json"], {
    env: { PROFCLAW_MODE: "mini" },
  });
  expect(JSON.parse(overruled.stdout)).toMatchObject({
    key: "pool.mode",
    effect: "not-while-the-environment-says-otherwise",
  });
});
