import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProgram } from "../../support/e2e/program.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { findAgent } from "../pinned-agents.ts";
import { isSession, playAgent } from "../play-agent.ts";
import { runClaude, toClaudeEnv } from "./run-claude.ts";

const { title, program = "" } = findAgent("claude");
const plugin = join(import.meta.dirname, "../../../plugin/claude");

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

describe.runIf(program !== "")(title, () => {
  test("finds no fault in the plugin, nor anything to warn of", async () => {
    const argv = [program, "plugin", "validate", "--strict", plugin] as const;
    const claude = startProgram({ argv, env: toClaudeEnv(stage), cwd: stage.workspace });
    claude.endInput();
    const { exitCode, stdout, stderr } = await claude.ended;
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Validation passed/);
  });

  test("gets server, commands and skill from the plugin, and is told at the start which sessions live", async () => {
    await stage.run(["up"]);
    stage.model.setScript(playAgent([() => ({ text: "hello" })], () => ({ hang: true })));
    const { sessions } = await stage.spawn({ sessions: [{ task: "look about", provider: "anthropic" }] });
    const { init, end } = await runClaude(program, stage, {
      prompt: "Hello.",
      args: ["--plugin-dir", plugin],
    });
    expect(init.plugins.map(({ name }) => name)).toContain("profclaw");
    expect(init.mcp_servers).toMatchObject([{ name: "plugin:profclaw:profclaw", status: "connected" }]);
    expect(init.slash_commands).toEqual(
      expect.arrayContaining(["profclaw:fan-out", "profclaw:sessions", "profclaw:parallel-sessions"]),
    );
    expect(end.is_error).toBe(false);
    const asked = stage.model.requests.find((request) => !isSession(request));
    const told = JSON.stringify(asked?.messages);
    expect(told).toContain(sessions[0]?.id.slice(0, 8));
  });
});
