import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ModelScript, ParsedRequest } from "../support/model-server/reply.ts";

const turns = 30;

function isSummary({ system }: ParsedRequest): boolean {
  return system.startsWith("You write the account");
}

/** Reads a long file twenty-nine times, by its own count, then answers. */
function createReader(): ModelScript {
  let reads = 0;
  return (request) => {
    if (isSummary(request)) return { text: "notes.txt was read" };
    reads += 1;
    if (reads >= turns) return { text: "all read" };
    return { toolCalls: [{ name: "read_file", input: { path: "notes.txt" } }] };
  };
}

async function createReadStage(): Promise<Stage> {
  const stage = await createStage({ script: createReader(), env: { PROFCLAW_CONTEXT_TOKENS: "12000" } });
  writeFileSync(join(stage.workspace, "notes.txt"), "n".repeat(6_000));
  return stage;
}

const spawn = ["agent", "spawn", "--tools", "read_file", "--task", "read"];

describe.concurrent("a history that grows too long", () => {
  test("is made shorter, and the log says from how much to how much", async () => {
    await using stage = await createReadStage();
    const ended = await stage.run(spawn, { withinMs: 40_000 });
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout).toContain("all read");
    const [session] = await stage.sessions();
    const logs = await stage.run(["agent", "logs", session?.id ?? ""]);
    expect(logs.stdout).toMatch(/context compacted: \d+k → \d+k? tokens/);
    expect(stage.model.violations).toEqual([]);
  });

  test.each(["before:context-compact", "after:context-compact"])(
    "a daemon that is killed %s sums up at most once more, and pays no turn twice",
    async (point) => {
      await using stage = await createReadStage();
      const armed = stage.start(["serve", "--port", "0"], {
        env: { PROFCLAW_FAILPOINTS: `${point}=kill@2` },
        withinMs: 50_000,
      });
      await until(
        () => existsSync(join(stage.state, "daemon.json")),
        (isThere) => isThere,
        15_000,
      );
      const ended = await stage.run(spawn, { withinMs: 45_000 });
      expect((await armed.ended).signal).toBe("SIGKILL");
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(ended.stdout).toContain("all read");
      const [session] = await stage.sessions();
      expect(session?.turns).toBe(turns);
      expect(stage.model.requests.filter((request) => !isSummary(request))).toHaveLength(turns);
      expect(stage.model.violations).toEqual([]);
    },
    60_000,
  );
});
