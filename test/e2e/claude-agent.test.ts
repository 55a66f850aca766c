import { mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { killHard } from "../support/e2e/processes.ts";
import { createClaudeStage } from "../support/e2e/claude-stage.ts";
import type { Stage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const spawn = ["agent", "spawn", "--agent", "claude"];

async function runAll(stage: Stage, tasks: readonly string[]): Promise<SessionView[]> {
  const { sessions } = await stage.spawn({ sessions: tasks.map((task) => ({ task, agent: "claude" })) });
  return stage.untilEnded(
    sessions.map(({ id }) => id),
    20_000,
  );
}

// `serve` or a command has to have started a daemon before REST is asked.
async function up(stage: Stage): Promise<void> {
  await stage.run(["up"]);
}

describe.concurrent("claude as an agent", () => {
  test("gets the task by stdin, of any size, and what it cost is booked to the cent, also when it goes on", async () => {
    await using stage = await createClaudeStage();
    writeFileSync(join(stage.workspace, "big.txt"), "x".repeat(300_000));
    const first = await stage.run([...spawn, "--task", "@big.txt", "--json"]);
    const [session] = await stage.sessions();
    expect([first.exitCode, session?.result?.text], first.stderr).toEqual([0, "heard: 300000 characters"]);
    expect(session).toMatchObject({
      turns: 1,
      cost_usd: "0.01",
      usage: { input_tokens: 100, output_tokens: 10 },
    });
    const id = session?.id ?? "";
    const again = await stage.run(["agent", "resume", id, "and more"]);
    expect(again.stdout, again.stderr).toContain("heard: 300000 characters | and more");
    // Its totals count from the first run on: what they say is not added up.
    expect(await stage.session(id)).toMatchObject({
      turns: 2,
      cost_usd: "0.02",
      usage: { input_tokens: 200, output_tokens: 20, cache_read_tokens: 80 },
    });
  }, 40_000);

  test("ends as it went: success that was an error, no result, silence, limits, garbage, endless lines", async () => {
    await using stage = await createClaudeStage();
    await up(stage);
    const names = [
      "error-in-success",
      "exit-without-result",
      "silence",
      "max-turns",
      "budget",
      "garbage",
      "long-line",
      "early-answer",
    ];
    const ended = await runAll(
      stage,
      names.map((name) => `trap:${name}`),
    );
    const short = ended.map(({ status, reason, error, result }) => [
      status,
      reason,
      error?.code,
      result?.text,
    ]);
    expect(short).toEqual([
      ["failed", "agent-error", "agent-not-logged-in", "Invalid API key · Please run /login"],
      ["failed", "agent-error", "agent-failed", undefined],
      ["failed", "agent-error", "agent-no-answer", undefined],
      ["failed", "max-turns", "max-turns", "so far"],
      ["failed", "budget", "budget", undefined],
      ["completed", "end-turn", undefined, "through it all"],
      ["completed", "end-turn", undefined, "read it all"],
      ["completed", "end-turn", undefined, "both read"],
    ]);
    expect(ended.at(-1)).toMatchObject({ cost_usd: "0.02", usage: { input_tokens: 200, output_tokens: 20 } });
    expect(ended[1]?.error?.detail).toContain("the model does not exist");
  }, 40_000);

  test("is adopted when its daemon is killed in the middle of a turn, and nothing is booked twice", async () => {
    await using stage = await createClaudeStage();
    const spawning = stage.start([...spawn, "--count", "2", "--task", "trap:slow"]);
    await until(
      () => readLogs(stage),
      (logs) => logs.length === 2 && logs.every((log) => log.includes("looking")),
    );
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect([exitCode, stdout.match(/slowly done/g)?.length], stderr).toEqual([0, 2]);
    for (const session of await stage.sessions()) {
      expect(session).toMatchObject({ turns: 2, cost_usd: "0.02", usage: { input_tokens: 200 } });
      const log = (await stage.rest(`/api/agents/sessions/${session.id}/log`)).text;
      expect([log.match(/claude launched/g)?.length, log.match(/Read answered/g)?.length]).toEqual([1, 1]);
    }
  }, 40_000);

  test("hears what is sent to it while it works, and answers that too before it ends", async () => {
    await using stage = await createClaudeStage();
    await stage.run([...spawn, "--task", "trap:slow 6000", "-d"]);
    const [session] = await stage.sessions();
    const id = session?.id ?? "";
    await until(
      () => readLogs(stage),
      ([log]) => log?.includes("looking") === true,
    );
    await stage.run(["agent", "send", id, "and look at b"]);
    const [ended] = await stage.untilEnded([id]);
    expect(ended).toMatchObject({ status: "completed", result: { text: "heard: and look at b" }, turns: 3 });
  }, 40_000);

  test("is held to its level by flags; no token is in them, and no key but its own is in its environment", async () => {
    await using stage = await createClaudeStage();
    await up(stage);
    const { sessions } = await stage.spawn({
      sessions: [
        {
          task: "trap:surroundings",
          agent: "claude",
          tools: ["read_file", "bash"],
          effort: "high",
          max_turns: 7,
          max_output_tokens: 777,
          budget_usd: "0.50",
          append_system: "Be brief.",
        },
        {
          task: "trap:shape",
          agent: "claude",
          schema: { type: "object", properties: { verdict: { type: "string" } } },
        },
      ],
    });
    const [first, shaped] = await stage.untilEnded(sessions.map(({ id }) => id));
    const { args, env } = JSON.parse(first?.result?.text ?? "{}") as {
      args: string[];
      env: Record<string, string>;
    };
    const valueOf = (name: string): string | undefined => args[args.indexOf(name) + 1];
    expect(valueOf("--session-id")).toBe(first?.id);
    expect(valueOf("--tools")).toBe("Read,Bash");
    // It asks us about every call; ours alone need no leave.
    expect(valueOf("--allowedTools")).toBe("mcp__profclaw");
    expect([valueOf("--permission-prompt-tool"), valueOf("--setting-sources")]).toEqual(["stdio", ""]);
    expect(JSON.parse(valueOf("--settings") ?? "{}")).toMatchObject({
      permissions: { ask: expect.arrayContaining(["Read", "Bash", "Write", "SendMessage"]) },
      crossSessionInbound: "refuse",
    });
    expect([valueOf("--effort"), valueOf("--max-turns")]).toEqual(["high", "7"]);
    expect(valueOf("--max-budget-usd")).toBe("0.50");
    // Who looks at the processes of a machine sees none of it.
    expect(readFileSync(valueOf("--append-system-prompt-file") ?? "", "utf8")).toBe("Be brief.");
    const servers = JSON.parse(valueOf("--mcp-config") ?? "{}") as {
      mcpServers: Record<string, { url: string }>;
    };
    expect(Object.keys(servers.mcpServers)).toEqual(["profclaw"]);
    expect(servers.mcpServers["profclaw"]?.url).toBe(`${stage.url()}/mcp`);
    expect(args.join(" ")).not.toContain("pcs_");
    expect(env["PROFCLAW_SESSION_ID"]).toBe(first?.id);
    expect(env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"]).toBe("777");
    expect([env["ANTHROPIC_API_KEY"], env["OPENAI_API_KEY"], env["GROQ_API_KEY"]]).toEqual([
      "test-key",
      undefined,
      undefined,
    ]);
    expect(env["CLAUDE_CONFIG_DIR"]).toContain(first?.id);
    expect(shaped?.result?.structured).toEqual({ verdict: "fine" });
  }, 40_000);

  test("is stopped where it has used its tokens, and completes where its answer is there", async () => {
    await using stage = await createClaudeStage();
    await up(stage);
    const { sessions } = await stage.spawn({
      sessions: [
        { task: "trap:steps 20", agent: "claude", budget_tokens: 450 },
        { task: "trap:steps 2", agent: "claude", budget_tokens: 100_000 },
        { task: "plain", agent: "claude", budget_tokens: 50, max_output_tokens: 900 },
      ],
    });
    const [stopped, within, answered] = await stage.untilEnded(sessions.map(({ id }) => id));
    expect(stopped).toMatchObject({ status: "failed", reason: "budget", error: { code: "budget-exceeded" } });
    expect(stopped?.error?.detail).toMatch(/450 tokens/);
    expect(stopped?.usage.input_tokens).toBeGreaterThanOrEqual(300);
    expect(stopped?.usage.input_tokens).toBeLessThanOrEqual(800);
    expect(within).toMatchObject({ status: "completed", usage: { input_tokens: 300 } });
    expect(answered).toMatchObject({ status: "completed", result: { text: "heard: plain" } });
  }, 40_000);

  test("is forked with all that was said, and only what is new is booked; its source goes on by itself", async () => {
    await using stage = await createClaudeStage();
    await stage.run([...spawn, "--task", "one"]);
    const [source] = await stage.sessions();
    const id = source?.id ?? "";
    await stage.run(["agent", "resume", id, "two"]);
    const fork = await stage.run(["agent", "fork", id, "three"]);
    expect(fork.stdout, fork.stderr).toContain("heard: one | two | three");
    const [, forked] = await stage.sessions();
    expect(forked).toMatchObject({
      forked_from: { id, turn: 2 },
      cost_usd: "0.01",
      usage: { input_tokens: 100, output_tokens: 10 },
    });
    const again = await stage.run(["agent", "resume", forked?.id ?? "", "four"]);
    expect(again.stdout, again.stderr).toContain("heard: one | two | three | four");
    expect(await stage.session(forked?.id ?? "")).toMatchObject({ cost_usd: "0.02" });
    expect((await stage.run(["agent", "resume", id, "five"])).stdout).toContain("heard: one | two | five");
    const early = await stage.run(["agent", "fork", id, "--turn", "1", "x"]);
    expect([early.exitCode, early.stderr]).toEqual([2, expect.stringContaining("from where it stands")]);
    const retried = await stage.run(["agent", "retry", id]);
    expect(retried.stdout, retried.stderr).toContain("heard: one\n");
  }, 60_000);

  test("is given the user's MCP servers by name, in a file of its own, and what CLAUDE.md tells as data", async () => {
    await using stage = await createClaudeStage();
    const words = { command: "words", args: ["--fast"], env: { WORDS_KEY: "wk-secret-1" }, cwd: "/opt" };
    const far = { type: "http", url: "https://far.example/mcp", headers: { Authorization: "Bearer wk-2" } };
    writeFileSync(
      join(stage.state, "config.yaml"),
      `mcpServers: ${JSON.stringify({ words, far, unused: words })}\n`,
      { mode: 0o600 },
    );
    writeFileSync(join(stage.workspace, "CLAUDE.md"), "Use tabs.\n");
    await up(stage);
    const spoken = { task: "trap:surroundings", agent: "claude" };
    const { sessions } = await stage.spawn({
      sessions: [
        { ...spoken, mcp: ["words", "far"] },
        { ...spoken, slim: false, project_notes: false },
        { ...spoken, mcp: ["words"], permission_mode: "deny" },
      ],
    });
    const ended = await stage.untilEnded(sessions.map(({ id }) => id));
    const argsOf = (at: number): string[] =>
      (JSON.parse(ended[at]?.result?.text ?? "{}") as { args: string[] }).args;
    const [named, all, none] = [argsOf(0), argsOf(1), argsOf(2)];
    expect(named.join(" ")).not.toMatch(/wk-/);
    const file = named[named.indexOf("--mcp-config") + 2] ?? "";
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { mcpServers } = JSON.parse(readFileSync(file, "utf8")) as { mcpServers: Record<string, object> };
    expect(mcpServers).toEqual({
      words: {
        type: "stdio",
        command: "/bin/sh",
        args: ["-c", 'cd "$0" && exec "$@"', "/opt", "words", "--fast"],
        env: { ANTHROPIC_API_KEY: "", PROFCLAW_TOKEN: "", WORDS_KEY: "wk-secret-1" },
      },
      far,
    });
    const system = readFileSync(named[named.indexOf("--append-system-prompt-file") + 1] ?? "", "utf8");
    expect(system).toMatch(/grants no rights[^]*Use tabs\./);
    expect(ended[1]?.mcp_servers).toEqual(["far", "unused", "words"]);
    expect(all).not.toContain("--append-system-prompt-file");
    expect(none[none.indexOf("--mcp-config") + 2]).toMatch(/^--/);
  }, 40_000);

  test("is refused by name where it is not there, or is asked for what it can not do", async () => {
    await using stage = await createClaudeStage();
    const path = [stage.env["PATH"]?.split(":")[1], "/usr/bin", "/bin"].join(":");
    const list = (await stage.run(["agent", "list"])).stdout;
    expect(list).toMatch(/claude +ready +2\.1\.330 \(Claude Code\)/);
    const missing = await stage.run([...spawn, "--task", "t"], { env: { PATH: path } });
    expect([missing.exitCode, missing.stderr]).toEqual([3, expect.stringContaining("not on PATH")]);
    expect(missing.stderr).toContain("npm i -g @anthropic-ai/claude-code");
    const misspelt = await stage.run(["agent", "spawn", "--agent", "codx", "--task", "t"]);
    expect(misspelt.stderr).toContain("Did you mean codex?");
    const tool = await stage.run([...spawn, "--task", "t", "--tools", "test_run"]);
    expect([tool.exitCode, tool.stderr]).toEqual([2, expect.stringContaining("no tool like test_run")]);
    const effort = await stage.run([...spawn, "--task", "t", "--effort", "extreme"]);
    expect([effort.exitCode, effort.stderr]).toEqual([2, expect.stringContaining("xhigh")]);
    const keyless = { ANTHROPIC_API_KEY: "" };
    const login = await stage.run([...spawn, "--task", "t"], { env: keyless });
    expect(login.exitCode, "the daemon's key is what counts").toBe(0);
    const provider = await stage.run([...spawn, "--task", "t", "--provider", "groq"]);
    expect([provider.exitCode, provider.stderr]).toEqual([2, expect.stringContaining("its own provider")]);
  }, 40_000);
});

test("a claude that is too old is refused with what to type; a newer one in its place is seen at once", async () => {
  await using stage = await createClaudeStage();
  const program = join(stage.root, "bin", "claude");
  const current = readFileSync(program, "utf8");
  writeFileSync(program, "#!/bin/sh\necho '2.1.100 (Claude Code)'\n");
  const old = await stage.run([...spawn, "--task", "t"]);
  expect([old.exitCode, old.stderr]).toEqual([3, expect.stringContaining("claude 2.1.100 is too old")]);
  expect(old.stderr).toMatch(
    /newer is needed. It is .*bin\/claude[^]*npm i -g @anthropic-ai\/claude-code@latest/,
  );
  expect((await stage.run(["agent", "list"])).stdout).toMatch(/claude +too old: needs 2\.1\.\d+ +2\.1\.100/);
  expect((await stage.run(["doctor"])).stdout).toMatch(/warn +claude +claude 2\.1\.100 is too old/);
  writeFileSync(program, current);
  const renewed = await stage.run([...spawn, "--task", "t"]);
  expect([renewed.exitCode, renewed.stdout], renewed.stderr).toEqual([
    0,
    expect.stringContaining("heard: t"),
  ]);
}, 30_000);

test("a logged-in claude runs what nothing was chosen for, where there is no key; one without a login does not", async () => {
  await using stage = await createClaudeStage({
    ANTHROPIC_API_KEY: "",
    OPENAI_API_KEY: "",
    GROQ_API_KEY: "",
  });
  const without = await stage.run(["agent", "spawn", "--task", "hello"]);
  expect([without.exitCode, without.stderr]).toEqual([3, expect.stringContaining("no key for any")]);
  expect((await stage.run(["agent", "list"])).stdout).toMatch(/claude +not logged in/);
  const early = await stage.run([...spawn, "--task", "hello"]);
  expect([early.exitCode, early.stderr]).toEqual([
    3,
    expect.stringMatching(/neither a key nor a login[^]*\/login/),
  ]);
  expect(await stage.sessions()).toEqual([]);
  const home = join(stage.root, "home", ".claude");
  mkdirSync(home);
  writeFileSync(join(home, ".credentials.json"), '{"claudeAiOauth":{}}', { mode: 0o600 });
  const named = await stage.run([...spawn, "--task", "hello"]);
  expect([named.exitCode, named.stdout]).toEqual([0, expect.stringContaining("heard: hello")]);
  const withLogin = await stage.run(["agent", "spawn", "--task", "hello"]);
  expect([withLogin.exitCode, withLogin.stdout], withLogin.stderr).toEqual([
    0,
    expect.stringContaining("heard: hello"),
  ]);
}, 40_000);

function readLogs(stage: Stage): string[] {
  const agents = join(stage.state, "agents");
  try {
    return readdirSync(agents).map((id) => readFileSync(join(agents, id, "1", "stdout.log"), "utf8"));
  } catch {
    return [];
  }
}

test("a claude that is not on PATH is found where the settings say, and gets the variables that they have for it", async () => {
  await using stage = await createClaudeStage();
  const [program, moved] = [join(stage.root, "bin", "claude"), join(stage.root, "my-claude")];
  renameSync(program, moved);
  const set = (agents: object): void =>
    writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  set({
    claude: { command: [moved], env: { OWN_PROXY: "http://gate:3128", CLAUDE_CODE_MAX_RETRIES: "99" } },
  });
  const told = await stage.run([...spawn, "--task", "trap:surroundings"]);
  expect(told.exitCode, told.stderr).toBe(0);
  expect(told.stdout).toContain('"OWN_PROXY":"http://gate:3128"');
  expect(told.stdout, "what we need is not overruled").not.toContain('"CLAUDE_CODE_MAX_RETRIES":"99"');
  expect((await stage.run(["agent", "list"])).stdout).toMatch(/claude +ready +2\.1\.330/);
  set({ claude: { command: [program] } });
  const gone = await stage.run([...spawn, "--task", "t"]);
  expect([gone.exitCode, gone.stderr]).toEqual([3, expect.stringContaining("agents.claude.command")]);
}, 40_000);
