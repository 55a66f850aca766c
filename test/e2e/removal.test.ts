import { expect, test } from "vitest";
import type { GarbageView, RemovalView } from "../../src/contract/living-operations.ts";
import { createStage } from "../support/e2e/stage.ts";

test("rm deletes what has ended and says what to do about what lives; gc tells its counts", async () => {
  await using stage = await createStage({
    script: ({ firstUserText }) => (firstUserText === "stay" ? { hang: true } : { text: "done" }),
  });
  await stage.run(["agent", "spawn", "--task", "go"]);
  await stage.run(["agent", "spawn", "-d", "--task", "stay"]);
  const [done = "", alive = ""] = (await stage.sessions()).map(({ id }) => id);
  const refused = await stage.run(["agent", "rm", alive]);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toMatch(/has not ended \(running\)[\s\S]*profclaw agent stop/);
  // A wrong id among right ones: nothing goes.
  expect((await stage.run(["agent", "rm", done, "ffffffff"])).exitCode).toBe(5);
  const removed = await stage.run(["agent", "rm", done.slice(0, 8), "--json"]);
  expect(removed.exitCode, removed.stderr).toBe(0);
  const nothingElse = { artifacts: 0, worktrees_kept: [] };
  expect(JSON.parse(removed.stdout) as RemovalView).toEqual({ removed: [done], ...nothingElse });
  expect((await stage.run(["agent", "show", done])).exitCode).toBe(5);
  expect((await stage.run(["cost"])).stdout).toContain("claude-sonnet-4-6");
  const rest = await stage.rest(`/api/agents/sessions/${alive}`, { method: "DELETE" });
  expect(rest.status).toBe(409);
  const dry = await stage.run(["gc", "--dry-run"]);
  expect(dry.stdout).toMatch(/^0 sessions that ended before .* would be deleted\.\n$/);
  const gc = await stage.run(["gc", "--json"]);
  expect(JSON.parse(gc.stdout) as GarbageView).toMatchObject({ dry_run: false, sessions: 0 });
});
