import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { killHard } from "../../support/e2e/processes.ts";
import { type Stage, createStage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import { findAgent } from "../pinned-agents.ts";
import { playAgent } from "../play-agent.ts";

const { title, program } = findAgent("claude");

/** A stage whose PATH has the real one; its model reads a file, finds something, and says what it read. */
async function createClaudeStage(delayMs = 0): Promise<Stage> {
  const stage: Stage = await createStage({
    script: playAgent([
      () => ({ toolCalls: [{ name: "Read", input: { file_path: join(stage.workspace, "notes.txt") } }] }),
      () => ({
        toolCalls: [{ name: "mcp__profclaw__distill", input: { text: "It holds a note." } }],
        delayMs,
      }),
      ([answer]) => ({ text: `told: ${answer?.isError === true ? answer.text : "yes"}` }),
    ]),
  });
  symlinkSync(program ?? "", join(stage.root, "bin", "claude"));
  mkdirSync(join(stage.workspace), { recursive: true });
  writeFileSync(join(stage.workspace, "notes.txt"), "a note\n");
  return stage;
}

describe.skipIf(program === undefined)(`${title} as a session's agent`, () => {
  test("reads, uses our MCP server in the session's name, costs what it says, and goes on", async () => {
    await using stage = await createClaudeStage();
    const spawned = await stage.run(["agent", "spawn", "--agent", "claude", "--task", "look"], {
      withinMs: 50_000,
    });
    expect(spawned.exitCode, spawned.stdout + spawned.stderr).toBe(0);
    const [session] = await stage.sessions();
    expect(session).toMatchObject({ status: "completed", agent: "claude", turns: 3 });
    expect(session?.result?.text).toContain("told: yes");
    expect(Number(session?.cost_usd)).toBeGreaterThan(0);
    // Into a home without this file it writes it eight times on the way to the answer, and that into it.
    const home = join(stage.state, "agents", session?.id ?? "", "home", ".claude.json");
    expect(Object.keys(JSON.parse(readFileSync(home, "utf8")) as object)).not.toContain("firstStartVersion");
    const given = stage.model.tokensGiven()["claude-sonnet-4-6"];
    expect(session?.usage.output_tokens).toBe(given?.outputTokens);
    const again = await stage.run(["agent", "resume", session?.id ?? "", "and again"], { withinMs: 50_000 });
    expect(again.exitCode, again.stdout + again.stderr).toBe(0);
    const after = await stage.session(session?.id ?? "");
    expect(after.usage.output_tokens).toBe(stage.model.tokensGiven()["claude-sonnet-4-6"]?.outputTokens);
  }, 90_000);

  test("lives on when the daemon is killed, and is booked once", async () => {
    await using stage = await createClaudeStage(3_000);
    const spawning = stage.start(["agent", "spawn", "--agent", "claude", "--task", "look"], {
      withinMs: 50_000,
    });
    await until(
      () => stage.model.requests.length,
      (count) => count >= 2,
      30_000,
    );
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect(exitCode, stdout + stderr).toBe(0);
    const [session] = await stage.sessions();
    expect(session).toMatchObject({ status: "completed", turns: 3 });
    expect(session?.usage.output_tokens).toBe(stage.model.tokensGiven()["claude-sonnet-4-6"]?.outputTokens);
  }, 90_000);
});
