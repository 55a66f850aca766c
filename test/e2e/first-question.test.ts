import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";

const tried = ["agent", "spawn", "--dry-run", "--task", "x"];

test("what a shell brings counts for the plan that it is shown: the pool's size, a key, a program on its PATH", async () => {
  await using stage = await createStage();
  await stage.run(["up"]);
  const elsewhere = [...tried, "--provider", "mistral"];
  const keyless = await stage.run(elsewhere);
  expect([keyless.exitCode, keyless.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining("MISTRAL_API_KEY"),
  ]);
  const env = { MISTRAL_API_KEY: "a-key", POOL_MAX_CONCURRENT: "7" };
  const keyed = await stage.run(elsewhere, { env });
  expect(keyed.exitCode, keyed.stderr).toBe(0);
  expect(keyed.stderr).toContain("at most 7 at once");
  const tools = join(stage.root, "tools");
  mkdirSync(tools);
  writeFileSync(join(tools, "claude"), '#!/bin/sh\necho "2.1.330 (Claude Code)"\n');
  chmodSync(join(tools, "claude"), 0o755);
  const asked = [...tried, "--agent", "claude"];
  expect((await stage.run(asked)).stderr).toContain("claude");
  const found = await stage.run(asked, { env: { PATH: `${tools}:${stage.env["PATH"]}` } });
  expect(found.exitCode, found.stderr).toBe(0);
});

test("the first command of a folder starts the daemon, greets it and shows its plan", async () => {
  await using stage = await createStage();
  const first = await stage.run(tried, { env: { POOL_MAX_CONCURRENT: "6" } });
  expect(first.exitCode, first.stderr).toBe(0);
  expect(first.stderr).toMatch(/1 session · .* · at most 6 at once · each may run /);
});
