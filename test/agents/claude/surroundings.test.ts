import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import { findAgent } from "../pinned-agents.ts";
import { answersTo, playAgent, type Step } from "../play-agent.ts";

const { title, program = "" } = findAgent("claude");
const wordsFile = fileURLToPath(new URL("../../support/mcp/words-server.mjs", import.meta.url));
const withinMs = 40_000;

let stage: Stage;

/** Where nothing of a repository may run: each of these files would leave a trace beside the workspace. */
beforeAll(async () => {
  stage = await createStage();
  if (program !== "") symlinkSync(program, join(stage.root, "bin/claude"));
  const trace = (name: string): string => join(stage.root, name);
  const hook = [{ matcher: "*", hooks: [{ type: "command", command: `touch ${trace("hook-ran")}` }] }];
  const settings = {
    hooks: { PreToolUse: hook, SessionStart: hook },
    permissions: { allow: ["Bash", "Read", "Write"] },
    env: { FROM_REPOSITORY: "yes" },
  };
  const evil = { mcpServers: { evil: { command: "touch", args: [trace("server-ran")] } } };
  mkdirSync(join(stage.workspace, ".claude"), { recursive: true });
  writeFileSync(join(stage.workspace, ".claude/settings.json"), JSON.stringify(settings));
  writeFileSync(join(stage.workspace, ".mcp.json"), JSON.stringify(evil));
  writeFileSync(join(stage.workspace, "CLAUDE.md"), "Words of this project: use tabs.\n");
  const words = { command: process.execPath, args: [wordsFile, trace("words.log"), trace("none")] };
  mkdirSync(stage.state, { mode: 0o700 });
  writeFileSync(join(stage.state, "config.yaml"), `mcpServers: ${JSON.stringify({ words })}\n`);
  await stage.run(["up"]);
});
afterAll(() => stage.close());

async function spawn(args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await stage.run(["agent", "spawn", "-d", "--agent", "claude", ...args]);
  if (stdout.trim() === "") throw new Error(`nothing was spawned: ${stderr}`);
  return (await stage.session(stdout.trim())).id;
}

async function ended(id: string): Promise<SessionView> {
  const [session] = await stage.untilEnded([id], withinMs);
  if (session === undefined) throw new Error(`there is no session ${id}`);
  return session;
}

describe.runIf(program !== "")(`${title} in somebody's repository`, () => {
  test("runs none of its hooks and servers, takes none of its permissions, and reads CLAUDE.md as data", async () => {
    const before = stage.model.requests.length;
    const calls = [{ name: "Bash", input: { command: "echo $FROM_REPOSITORY > out.txt" } }];
    stage.model.setScript(playAgent([() => ({ toolCalls: calls }), () => ({ text: "Done." })]));
    const id = await spawn(["--task", "go", "--permission-mode", "acceptEdits"]);
    expect(await ended(id)).toMatchObject({ status: "completed", mcp_servers: [] });
    const requests = stage.model.requests.slice(before);
    expect(answersTo(requests)[0]?.text).toMatch(/^Not allowed/);
    expect(requests[0]?.system).toMatch(/grants no rights[^]*Words of this project/);
    const servers = new Set(requests[0]?.toolNames.map((name) => /^mcp__(.*?)__/.exec(name)?.[1]));
    expect(servers).toEqual(new Set([undefined, "profclaw"]));
    for (const name of ["hook-ran", "server-ran", "words.log"]) {
      expect(existsSync(join(stage.root, name)), name).toBe(false);
    }
  });

  test("has the user's servers with --no-slim, says which, and asks before it uses them", async () => {
    const before = stage.model.requests.length;
    const calls = [{ name: "mcp__words__echo", input: { word: "hello" } }];
    stage.model.setScript(playAgent([() => ({ toolCalls: calls }), () => ({ text: "Done." })]));
    const id = await spawn(["--task", "go", "--no-slim"]);
    const waiting = await until(
      () => stage.session(id),
      ({ status, approvals }) => status === "waiting" && approvals.length === 1,
      withinMs,
    );
    expect(waiting.mcp_servers).toEqual(["words"]);
    expect(waiting.approvals[0]?.tool).toBe("mcp__words__echo");
    await stage.run(["agent", "answer", id, "allow"]);
    expect(await ended(id)).toMatchObject({ status: "completed" });
    expect(answersTo(stage.model.requests.slice(before))[0]?.text.trim()).toBe("heard hello");
    expect(existsSync(join(stage.root, "server-ran"))).toBe(false);
  });
});

describe.runIf(program !== "")(`${title} and what it costs`, () => {
  test("is forked with its whole conversation, and the fork pays for its own words alone", async () => {
    const texts = ["First.", "Second."];
    stage.model.setScript(
      playAgent(
        texts.map((text): Step => () => ({ text })) as [Step, ...Step[]],
      ),
    );
    const source = await ended(await spawn(["--task", "Say it."]));
    const given = () => Object.values(stage.model.tokensGiven())[0]?.inputTokens ?? 0;
    const before = given();
    const { stderr } = await stage.run(["agent", "fork", source.id, "-d", "Say more."]);
    const forked = (await stage.sessions()).find(({ forked_from }) => forked_from?.id === source.id);
    expect(forked, stderr).toBeDefined();
    const session = await ended(forked?.id ?? "");
    expect(session).toMatchObject({ status: "completed", result: { text: "Second." } });
    expect(session.usage.input_tokens).toBe(given() - before);
    expect(Number(session.cost_usd)).toBeLessThan(1.6 * Number(source.cost_usd));
    const last = JSON.stringify(stage.model.requests.at(-1)?.messages);
    expect(last).toMatch(/Say it\.[^]*First\.[^]*Say more\./);
  });

  test("is stopped where it has used its budget in tokens, and asks for no longer answers than it may", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(() => ({ toolCalls: [{ name: "Bash", input: { command: "ls" } }] }));
    const id = await spawn(["--task", "go", "--budget-tokens", "100000", "--max-output-tokens", "1234"]);
    const session = await ended(id);
    expect(session).toMatchObject({ status: "failed", reason: "budget", error: { code: "budget-exceeded" } });
    expect(session.usage.input_tokens).toBeGreaterThan(90_000);
    expect(session.usage.input_tokens).toBeLessThan(200_000);
    expect(stage.model.requests[before]?.body["max_tokens"]).toBe(1234);
  });
});
