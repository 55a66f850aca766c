import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const fakePath = fileURLToPath(new URL("../support/agents/fake-acp.ts", import.meta.url));

/** A stage with agents that speak ACP: one on PATH, and in the settings one for each set of flags. */
async function createAcpStage(flags: Readonly<Record<string, readonly string[]>> = {}): Promise<Stage> {
  const stage = await createStage();
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${fakePath}" "$@"\n`;
  writeFileSync(join(stage.root, "bin", "fake-acp"), shim, { mode: 0o755 });
  mkdirSync(stage.state, { mode: 0o700 });
  const agents = Object.entries({ plain: [], ...flags }).map(([name, args]) => [
    name,
    { command: ["fake-acp", ...args], output: "acp", level: "allowlist", env: { FAKE_ACP_HOME: stage.root } },
  ]);
  const settings = JSON.stringify({ agents: Object.fromEntries(agents) });
  writeFileSync(join(stage.state, "config.yaml"), settings, { mode: 0o600 });
  const up = await stage.run(["up"]);
  expect(up.exitCode, up.stderr).toBe(0);
  return stage;
}

async function runAll(stage: Stage, requests: { task: string; agent: string }[]): Promise<SessionView[]> {
  const { sessions } = await stage.spawn({ sessions: requests });
  return stage.untilEnded(
    sessions.map(({ id }) => id),
    30_000,
  );
}

const toShort = ({ status, reason, error, result }: SessionView): unknown[] => [
  status,
  reason,
  error?.code,
  result?.text,
];

const failed = (reason: string, code: string, text?: string): unknown[] => ["failed", reason, code, text];
const completed = (text: unknown): unknown[] => ["completed", "end-turn", undefined, text];
const readSurroundings = (session?: SessionView): Record<string, unknown> =>
  JSON.parse(session?.result?.text ?? "{}") as Record<string, unknown>;

describe.concurrent("an agent that speaks ACP", () => {
  test("runs by its command alone, at level full, and its result is what it said last", async () => {
    await using stage = await createAcpStage();
    const spawn = ["agent", "spawn", "--agent", "acp:fake-acp --noisy", "--task"];
    const refused = await stage.run([...spawn, "t"]);
    expect([refused.exitCode, refused.stderr]).toEqual([6, expect.stringContaining("needs level full")]);
    const full = await stage.run([...spawn, "trap:leave", "--permission-mode", "full"]);
    expect([full.exitCode, full.stdout], full.stderr).toEqual([0, expect.stringContaining("it ran")]);
    const [session] = await stage.sessions();
    expect(session).toMatchObject({ turns: 2, cost_usd: null, result: { text: "it ran" } });
    const { text } = await stage.rest(`/api/agents/sessions/${session?.id}/log`);
    expect(text).toContain("tool_execute answered");
    const missing = await stage.run(["agent", "spawn", "--agent", "acp:no-such", "--task", "t"]);
    expect([missing.exitCode, missing.stderr]).toEqual([3, expect.stringContaining("not on PATH")]);
    const empty = await stage.run(["agent", "spawn", "--agent", "acp:", "--task", "t"]);
    expect([empty.exitCode, empty.stderr]).toEqual([3, expect.stringContaining("names no program")]);
  }, 40_000);

  test("ends as it went, whatever it calls that", async () => {
    await using stage = await createAcpStage();
    const names = [
      "tool",
      "nothing",
      "refusal",
      "max-tokens",
      "max-turns",
      "cancelled",
      "error",
      "unauthorized",
      "exit",
      "crash",
      "garbage",
      "long-line",
      "long-ask",
      "foreign-request",
    ];
    const ended = await runAll(
      stage,
      names.map((name) => ({ task: `trap:${name}`, agent: "plain" })),
    );
    expect(Object.fromEntries(ended.map((session, at) => [names[at], toShort(session)]))).toEqual({
      tool: completed("I have looked"),
      nothing: failed("agent-error", "agent-no-answer"),
      refusal: failed("content-filter", "content-filter", "no"),
      "max-tokens": failed("length", "length", "half"),
      "max-turns": failed("max-turns", "max-turns", "so far"),
      cancelled: failed("agent-error", "agent-failed"),
      error: failed("agent-error", "agent-failed"),
      unauthorized: failed("agent-error", "agent-not-logged-in"),
      exit: failed("agent-error", "agent-no-answer"),
      crash: failed("agent-error", "agent-failed"),
      garbage: completed("through it all"),
      "long-line": completed("read it all"),
      "long-ask": completed("not written"),
      "foreign-request": completed(expect.stringContaining("does not offer fs/read_text_file")),
    });
    const details = ended.map(({ error }) => error?.detail ?? "");
    expect(details[1]).toContain("the stream broke");
    expect(details[6]).toContain("the model fell over: at call 1");
    expect(details[9]).toContain("out of memory");
  }, 60_000);

  test("that can not be talked to is told by name: gone, old, locked, or it stays when all is said", async () => {
    await using stage = await createAcpStage({
      gone: ["--gone"],
      old: ["--old"],
      locked: ["--locked"],
      stays: ["--stays"],
      models: ["--models"],
    });
    const { sessions } = await stage.spawn({
      sessions: [
        { task: "t", agent: "gone" },
        { task: "t", agent: "old" },
        { task: "t", agent: "locked" },
        { task: "t", agent: "stays" },
        { task: "t", agent: "models", model: "large" },
        { task: "t", agent: "models", model: "lrge" },
        { task: "t", agent: "plain", model: "large" },
      ],
    });
    const ended = await stage.untilEnded(sessions.map(({ id }) => id));
    expect(ended.map(toShort)).toEqual([
      ["failed", "agent-error", "agent-no-answer", undefined],
      ["failed", "agent-error", "agent-lacks", undefined],
      ["failed", "agent-error", "agent-not-logged-in", undefined],
      ["completed", "end-turn", undefined, "heard: t"],
      ["completed", "end-turn", undefined, "heard: model large | t"],
      ["failed", "agent-error", "agent-lacks", undefined],
      ["failed", "agent-error", "agent-lacks", undefined],
    ]);
    expect(ended[5]?.error?.detail).toContain("it has small, large. Did you mean large?");
  }, 40_000);

  test("has exactly our MCP server, over HTTP or else by the bridge, with a token that is on no disk of ours", async () => {
    await using stage = await createAcpStage({ bridged: ["--stdio-mcp"] });
    const [http, stdio] = await runAll(stage, [
      { task: "trap:surroundings", agent: "plain" },
      { task: "trap:surroundings", agent: "bridged" },
    ]);
    expect(readSurroundings(http)["mcpServers"]).toEqual([
      {
        type: "http",
        name: "profclaw",
        url: `${stage.url()}/mcp`,
        headers: [{ name: "Authorization", value: "Bearer [redacted]" }],
      },
    ]);
    expect(readSurroundings(stdio)["mcpServers"]).toMatchObject([
      { name: "profclaw", command: process.execPath },
    ]);
    expect(JSON.stringify(readSurroundings(stdio)["mcpServers"])).toContain(stdio?.id);
    expect(readSurroundings(http)["env"]).not.toHaveProperty("ANTHROPIC_API_KEY");
    const orders = readRuns(stage, "orders.jsonl");
    expect(orders.join("")).toContain("{{PROFCLAW_TOKEN}}");
    expect(orders.join("")).not.toContain("pcs_");
  }, 40_000);

  test("has the servers that a session names beside ours, asks before it uses them, and is told of one that is gone", async () => {
    await using stage = await createAcpStage({ bridged: ["--stdio-mcp"] });
    const file = join(stage.state, "config.yaml");
    const settings = JSON.parse(readFileSync(file, "utf8")) as object;
    const words = { command: "words", args: ["a"], env: { KEY: "s3cret-of-words" }, cwd: "/srv" };
    const mcpServers = {
      words,
      far: { url: "http://far.test/mcp", headers: { Authorization: "Bearer xyz-9" } },
    };
    const write = (servers: object): void =>
      writeFileSync(file, JSON.stringify({ ...settings, mcpServers: servers }), { mode: 0o600 });
    write(mcpServers);
    const { sessions } = await stage.spawn({
      sessions: [
        { task: "trap:surroundings", agent: "plain", slim: false },
        { task: "trap:surroundings", agent: "bridged", mcp: ["words"] },
        { task: "t", agent: "bridged", mcp: ["far"] },
        { task: "trap:server", agent: "plain", mcp: ["words"] },
      ],
    });
    const { warnings } = await stage.spawn({ sessions: [{ task: "t", agent: "plain", slim: false }] });
    expect(warnings.join()).toContain("plain has the MCP servers of its own configuration besides");
    const ids = sessions.map(({ id }) => id);
    const [all, bridged, far] = await stage.untilEnded(ids.slice(0, 3));
    expect(all?.mcp_servers).toEqual(["far", "words"]);
    const given = { name: "words", command: "/bin/sh" };
    expect(readSurroundings(all)["mcpServers"]).toMatchObject([{ name: "profclaw" }, { name: "far" }, given]);
    expect(readSurroundings(bridged)["mcpServers"]).toMatchObject([{ name: "profclaw" }, given]);
    // What is secret in them is in no file that others can read.
    const found = await stage.shell(`grep -rlE "s3cret-of-words|xyz-9" "${stage.state}/agents"`);
    const files = found.stdout.trim().split("\n");
    expect(files.join()).toContain("mcp.json");
    for (const one of files) expect(statSync(one).mode & 0o077, one).toBe(0);
    expect(far).toMatchObject({ status: "failed", error: { code: "agent-lacks" } });
    expect(far?.error?.detail).toContain("takes no MCP servers over HTTP, and that is what far");
    const asking = ids[3] ?? "";
    const waiting = await until(
      () => stage.session(asking),
      ({ status }) => status === "waiting",
    );
    expect(waiting.approvals[0]?.tool).toBe("mcp__words__echo");
    await stage.run(["agent", "answer", asking, "allow"]);
    const [asked] = await stage.untilEnded([asking]);
    expect(asked?.result?.text).toBe("it was let through");
    write({});
    const later = await stage.run(["agent", "resume", asking, "go on"]);
    expect(later.stdout, later.stderr).toMatch(/MCP server words is not in any settings file[^]*go on/);
  }, 40_000);

  test("is adopted when its daemon is killed, in a turn and between the first words, and asked nothing twice", async () => {
    await using stage = await createAcpStage({ quota: ["--quota"] });
    const spawning = stage.start([
      "agent",
      "spawn",
      "--agent",
      "quota",
      "--count",
      "2",
      "--task",
      "trap:slow 3000",
    ]);
    await until(
      () => readRuns(stage, "stdout.log"),
      (logs) => logs.length === 2 && logs.every((log) => log.includes("king")),
    );
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect([exitCode, stdout.match(/slowly done/g)?.length], stderr).toEqual([0, 2]);
    for (const session of await stage.sessions()) {
      expect(session).toMatchObject({ turns: 2, usage: { input_tokens: 100, output_tokens: 10 } });
      const log = (await stage.rest(`/api/agents/sessions/${session.id}/log`)).text;
      expect([log.match(/quota launched/g)?.length, log.match(/its conversation/g)?.length]).toEqual([1, 1]);
    }
    for (const orders of readRuns(stage, "orders.jsonl")) {
      expect(orders.match(/session\/prompt/g)).toHaveLength(1);
      expect(orders.match(/session\/new/g)).toHaveLength(1);
    }
  }, 40_000);

  test("is told its mail behind what it answers, one at a time, and goes on with the conversation later", async () => {
    await using stage = await createAcpStage({ costs: ["--costs"] });
    await stage.run(["agent", "spawn", "--agent", "costs", "--task", "trap:slow 4000", "-d"]);
    const id = await onlyId(stage);
    await until(
      () => readRuns(stage, "stdout.log"),
      ([log]) => log?.includes("king") === true,
    );
    await stage.run(["agent", "send", id, "and look at b"]);
    await stage.run(["agent", "send", id, "and at c"]);
    const [ended] = await stage.untilEnded([id]);
    expect(ended).toMatchObject({
      status: "completed",
      result: { text: "heard: and look at b | and at c" },
      cost_usd: "0.03",
    });
    const again = await stage.run(["agent", "resume", id, "and d"]);
    expect(again.stdout, again.stderr).toContain("heard: and look at b | and at c | and d");
    expect(again.stdout).not.toContain("before");
    // Its cost counts from the conversation's start on: what earlier runs booked is not booked again.
    expect(await stage.session(id)).toMatchObject({ cost_usd: "0.04" });
  }, 40_000);

  test("that forgets is not gone on with, and is told so by name", async () => {
    await using stage = await createAcpStage({ forgetful: ["--forgetful"] });
    await stage.run(["agent", "spawn", "--agent", "forgetful", "--task", "t"]);
    const id = await onlyId(stage);
    const again = await stage.run(["agent", "resume", id, "more"]);
    expect([again.exitCode, again.stdout]).toEqual([1, expect.stringContaining("can not resume")]);
    const fork = await stage.run(["agent", "fork", id, "go"]);
    expect([fork.exitCode, fork.stderr]).toEqual([2, expect.stringContaining("can not fork")]);
    const schema = await stage.run(["agent", "spawn", "--agent", "plain", "--max-turns", "3", "--task", "t"]);
    expect([schema.exitCode, schema.stderr]).toEqual([2, expect.stringContaining("takes no max_turns")]);
  }, 40_000);

  test("is answered by the policy, and by a person where that leaves it open, also over a kill -9", async () => {
    await using stage = await createAcpStage();
    const { sessions } = await stage.spawn({
      sessions: [
        { task: "trap:leave touch made", agent: "plain" },
        { task: "trap:leave ls", agent: "plain" },
        { task: "trap:leave touch made", agent: "plain", permission_mode: "allowlist" },
      ],
    });
    const [asked = "", listed = "", refused = ""] = sessions.map(({ id }) => id);
    const [read, denied] = await stage.untilEnded([listed, refused]);
    expect([read?.result?.text, denied?.result?.text]).toEqual(["it ran", "it was refused"]);
    await until(
      () => stage.session(asked),
      ({ status }) => status === "waiting",
      10_000,
    );
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const answered = await stage.run(["agent", "answer", asked, "allow"]);
    expect(answered.exitCode, answered.stderr).toBe(0);
    const [session] = await stage.untilEnded([asked]);
    expect(session).toMatchObject({ status: "completed", result: { text: "it ran" }, turns: 2 });
  }, 40_000);

  test("leaves nothing behind when it is stopped, its grandchildren neither", async () => {
    await using stage = await createAcpStage();
    await stage.run(["agent", "spawn", "--agent", "plain", "--task", "trap:orphan", "-d"]);
    const id = await onlyId(stage);
    const left = (): unknown[] =>
      findProcesses(stage.root).filter(({ command }) => /fake-acp\.ts|sleep 600/.test(command));
    await until(left, (found) => found.length >= 2);
    await stage.run(["agent", "stop", id]);
    await stage.untilEnded([id]);
    await until(left, (found) => found.length === 0, 2_000);
    expect(await stage.session(id)).toMatchObject({ status: "cancelled", cost_usd: null });
    // It was told before it was ended, so that it could put things in order.
    expect(readFileSync(join(stage.workspace, "cancelled.txt"), "utf8")).toBe("by the protocol");
  }, 40_000);
});

async function onlyId(stage: Stage): Promise<string> {
  const [session] = await stage.sessions();
  return session?.id ?? "";
}

function readRuns(stage: Stage, file: string): string[] {
  const agents = join(stage.state, "agents");
  try {
    return readdirSync(agents).map((id) => readFileSync(join(agents, id, "1", file), "utf8"));
  } catch {
    return [];
  }
}
