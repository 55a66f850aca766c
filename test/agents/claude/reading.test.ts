import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProgram } from "../../support/e2e/program.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { toRecords, toText } from "../../support/model-server/json.ts";
import { findAgent } from "../pinned-agents.ts";
import { answersTo, isSession, playAgent } from "../play-agent.ts";
import { call, runClaude, toClaudeEnv } from "./run-claude.ts";

const { title, program = "" } = findAgent("claude");

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});
afterAll(() => stage.close());

async function manage(...args: string[]): Promise<string> {
  const argv = [program, "mcp", ...args] as const;
  const claude = startProgram({ argv, env: toClaudeEnv(stage), cwd: stage.workspace });
  claude.endInput();
  const { exitCode, stdout, stderr } = await claude.ended;
  if (exitCode !== 0) throw new Error(`claude mcp ${args.join(" ")} ended ${exitCode}: ${stdout}${stderr}`);
  return stdout;
}

describe.runIf(program !== "")(title, () => {
  test.each([
    ["fan_out", "Review src/auth and src/billing", /Call spawn once for each part/],
    ["hints", "Review both in parallel", /in parallel/],
  ])(
    "offers the prompt %s as a command; its model gets the whole of what was typed",
    async (name, typed, says) => {
      const before = stage.model.requests.length;
      stage.model.setScript(() => ({ text: "over" }));
      const prompt = `/mcp__profclaw__${name} ${typed}`;
      const { init } = await runClaude(program, stage, { prompt, way: "stdio" });
      expect(init.slash_commands).toContain(`mcp__profclaw__${name}`);
      const [asked] = stage.model.requests.slice(before);
      expect(asked?.lastUserText).toMatch(says);
      expect(asked?.lastUserText).toContain(`<command-args>${typed}</command-args>`);
      // It has filled in the first words only.
      expect(asked?.lastUserText).toContain("no more than the first words");
    },
  );

  test("reads a long result whole through the link that wait answers with", async () => {
    const before = stage.model.requests.length;
    const long = `${"x ".repeat(9_000)}and that is all`;
    stage.model.setScript(
      playAgent(
        [
          () => ({ toolCalls: [call("spawn", { prompt: "write at length" })] }),
          ([handle]) => ({ toolCalls: [call("wait", { tasks: [toText(handle?.json["task_id"])] })] }),
          ([waited]) => {
            const uri = /profclaw:\/\/\S+\/result/.exec(waited?.text ?? "")?.[0] ?? "";
            return { toolCalls: [{ name: "ReadMcpResourceTool", input: { server: "profclaw", uri } }] };
          },
          () => ({ text: "over" }),
        ],
        () => ({ text: long }),
      ),
    );
    await runClaude(program, stage, { prompt: "Write at length.", way: "stdio" });
    const [, waited, read] = answersTo(stage.model.requests.slice(before));
    const [task] = toRecords(waited?.json["tasks"]);
    expect(task).toMatchObject({ status: "completed", truncated: true });
    expect(waited?.text.length).toBeLessThan(10_000);
    expect(read).toMatchObject({ isError: false, json: { contents: [{ text: long }] } });
  });

  test("finds us connected after `profclaw mcp install claude`, and is as it was after uninstall", async () => {
    expect((await stage.run(["mcp", "install", "claude", "--yes"])).exitCode).toBe(0);
    expect(await manage("get", "profclaw")).toMatch(/Connected[^]*Command: profclaw/);
    stage.model.setScript(playAgent([() => ({ toolCalls: [call("peers")] }), () => ({ text: "over" })]));
    const before = stage.model.requests.length;
    const { init } = await runClaude(program, stage, { prompt: "Who am I?" });
    expect(init.mcp_servers).toMatchObject([{ name: "profclaw", status: "connected" }]);
    const [peers] = answersTo(stage.model.requests.slice(before));
    expect(peers?.json["self"]).toMatchObject({ kind: "peer", name: expect.stringMatching(/^claude-code@/) });
    expect(stage.model.requests.slice(before).filter(isSession)).toEqual([]);
    expect((await stage.run(["mcp", "uninstall", "claude", "--yes"])).exitCode).toBe(0);
    expect(await manage("list")).toMatch(/No MCP servers configured/);
  });
});
