import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { createCodexStage, readRuns, runCodex } from "../support/e2e/codex-stage.ts";
import { killHard } from "../support/e2e/processes.ts";
import type { Stage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const spawn = ["agent", "spawn", "--agent", "codex"];

async function up(stage: Stage): Promise<void> {
  await stage.run(["up"]);
}

/** What one model call of the fake costs: 600 tokens in, 400 from the cache, 100 out, by the price list. */
async function priceOfOne(stage: Stage): Promise<number> {
  const [session] = await runCodex(stage, ["one call"]);
  return Number(session?.cost_usd);
}

describe.concurrent("codex as an agent", () => {
  test("does a task of any size, its tokens priced by the list, and goes on in the same thread", async () => {
    await using stage = await createCodexStage();
    writeFileSync(join(stage.workspace, "big.txt"), "x".repeat(300_000));
    const first = await stage.run([...spawn, "--task", "@big.txt", "--json"]);
    const [session] = await stage.sessions();
    expect([first.exitCode, session?.result?.text], first.stderr).toEqual([0, "heard: 300000 characters"]);
    const usage = { input_tokens: 1_000, output_tokens: 100, cache_read_tokens: 400 };
    expect(session).toMatchObject({ turns: 1, usage });
    const cost = await priceOfOne(stage);
    expect(cost).toBeGreaterThan(0);
    expect(Number(session?.cost_usd)).toBe(cost);
    const id = session?.id ?? "";
    const again = await stage.run(["agent", "resume", id, "and more"]);
    expect(again.stdout, again.stderr).toContain("heard: 300000 characters | and more");
    // Its counts go on from the first run: what they say is not added up.
    const later = await stage.session(id);
    expect(later).toMatchObject({ turns: 2, usage: { input_tokens: 2_000, output_tokens: 200 } });
    expect(Number(later.cost_usd)).toBeCloseTo(2 * cost, 5);
  }, 40_000);

  test("ends as it went: no key, limits, a full window, its own retries, garbage, endless lines", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const names = ["unauthorized", "limits", "window", "body", "retries", "garbage"];
    const ended = await runCodex(
      stage,
      [...names, "long-line"].map((name) => `trap:${name}`),
    );
    const short = ended.map(({ status, reason, error, result }) => [
      status,
      reason,
      error?.code,
      result?.text,
    ]);
    expect(short).toEqual([
      ["failed", "agent-error", "agent-not-logged-in", undefined],
      ["failed", "agent-error", "agent-failed", undefined],
      ["failed", "agent-error", "agent-failed", undefined],
      ["failed", "agent-error", "agent-failed", undefined],
      ["completed", "end-turn", undefined, "after all"],
      ["completed", "end-turn", undefined, "through it all"],
      ["completed", "end-turn", undefined, "read it all"],
    ]);
    const details = ended.map(({ error }) => error?.detail ?? "");
    expect(details[0]).toContain("codex login");
    expect(details[1]).toContain("resume it later");
    expect(details[2]).toContain("smaller task");
    expect(details[3]).toMatch(/no such model: gpt-1 .*--model/);
  }, 40_000);

  test("is told what was said to it while it could say nothing", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const [failed] = await runCodex(stage, ["trap:unauthorized"]);
    expect(failed).toMatchObject({ status: "failed", turns: 0 });
    const again = await stage.run(["agent", "resume", failed?.id ?? "", "now with a key"]);
    expect(again.stdout, again.stderr).toContain("heard: trap:unauthorized | now with a key");
  }, 60_000);

  test("hears what is sent to it while it works, in the turn under way", async () => {
    await using stage = await createCodexStage();
    await stage.run([...spawn, "--task", "trap:slow 6000", "-d"]);
    const [session] = await stage.sessions();
    const id = session?.id ?? "";
    await until(
      () => readRuns(stage),
      (log) => log.includes('"looking"'),
    );
    await stage.run(["agent", "send", id, "and look at b"]);
    const [ended] = await stage.untilEnded([id], 20_000);
    expect(ended).toMatchObject({ status: "completed", result: { text: "slowly done | and look at b" } });
  }, 40_000);

  test("is held to its level by its sandbox; no token is in its arguments, and no key but its own around it", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const levels = ["deny", "auto", "full"];
    const { sessions } = await callWithToken(stage, levels);
    const ended = await stage.untilEnded(sessions, 20_000);
    const seen = ended.map(
      ({ result }) =>
        JSON.parse(result?.text ?? "{}") as {
          opened: Record<string, never>;
          env: Record<string, string>;
          args: string[];
        },
    );
    expect(seen.map(({ opened }) => opened["sandbox"])).toEqual([
      "read-only",
      "workspace-write",
      "danger-full-access",
    ]);
    const [, auto] = seen;
    expect(seen.map(({ opened }) => opened["approvalPolicy"])).toEqual(["never", "on-request", "never"]);
    expect(auto?.opened).toMatchObject({ cwd: ended[1]?.cwd, model: "gpt-6-sol" });
    expect(auto?.opened["developerInstructions"]).toContain("Be brief.");
    expect(Object.keys(auto?.opened["config"]?.["mcp_servers"] ?? {})).toEqual(["profclaw"]);
    expect(auto?.args.join(" ")).not.toMatch(/pcs_|test-key/);
    const { env = {} } = auto ?? {};
    expect([env["OPENAI_API_KEY"], env["ANTHROPIC_API_KEY"], env["GROQ_API_KEY"]]).toEqual([
      "test-key",
      undefined,
      undefined,
    ]);
    expect(env["CODEX_HOME"]).toBe(join(stage.state, "codex"));
  }, 40_000);

  test("gives an answer in the asked shape, and fails by name where it has none", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const schema = { type: "object", properties: { verdict: { type: "string" } } };
    const [good, bad] = await runCodex(stage, ["trap:shape", "trap:misshaped"], { schema });
    expect(good?.result?.structured).toEqual({ verdict: "fine" });
    expect(bad).toMatchObject({ status: "failed", reason: "wrong-shape" });
  }, 40_000);

  const refused = ["decline", { permissions: {}, scope: "turn" }, "decline", { refused: true }];

  test("asks a person for what its level leaves open, and gets each answer; the rest is refused", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const { sessions } = await stage.spawn({ sessions: [{ task: "trap:asks", agent: "codex" }] });
    const id = sessions[0]?.id ?? "";
    const waiting = async (): Promise<SessionView> => stage.session(id);
    const first = await until(
      waiting,
      ({ approvals }) => approvals[0]?.what.includes("rm -rf x") === true,
      10_000,
    );
    expect(first.status).toBe("waiting");
    // It lives on in its process while nobody holds a slot for it, over the death of the daemon too.
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    expect((await stage.run(["agent", "answer", id, "allow"])).exitCode).toBe(0);
    const second = await until(waiting, ({ approvals }) => approvals[0]?.number === 2, 10_000);
    expect(second.approvals[0]?.what).toContain("/etc/made-by-codex");
    expect((await stage.run(["agent", "answer", id, "deny"])).exitCode).toBe(0);
    const [ended] = await stage.untilEnded([id], 20_000);
    expect(JSON.parse(ended?.result?.text ?? "[]")).toEqual(["accept", "decline", ...refused]);
  }, 40_000);

  test("where nobody is to be asked the answer is no, at once", async () => {
    await using stage = await createCodexStage({ PROFCLAW_APPROVAL_TIMEOUT_MS: "0" });
    await up(stage);
    const [session] = await runCodex(stage, ["trap:asks"]);
    expect(JSON.parse(session?.result?.text ?? "[]")).toEqual(["decline", "decline", ...refused]);
  }, 40_000);

  test("is forked from where it stands; what its source has cost is not booked again", async () => {
    await using stage = await createCodexStage();
    const first = await stage.run([...spawn, "--task", "first"]);
    expect(first.exitCode, first.stderr).toBe(0);
    const [source] = await stage.sessions();
    const forked = await stage.run(["agent", "fork", source?.id ?? "", "and then?"]);
    expect(forked.stdout, forked.stderr).toContain("heard: first | and then?");
    const copy = (await stage.sessions()).find(({ forked_from }) => forked_from !== null);
    expect(copy?.cost_usd).toBe(source?.cost_usd);
    const again = await stage.run(["agent", "resume", copy?.id ?? "", "once more"]);
    expect(again.stdout, again.stderr).toContain("heard: first | and then? | once more");
    const own = await stage.run(["agent", "resume", source?.id ?? "", "mine"]);
    expect(own.stdout, own.stderr).toContain("heard: first | mine");
  }, 40_000);

  test("is stopped when its calls have cost what it may spend", async () => {
    await using stage = await createCodexStage();
    await up(stage);
    const [session] = await runCodex(stage, ["trap:costly"], { budget_usd: "0.02" });
    expect(session).toMatchObject({ status: "failed", reason: "budget" });
    expect(session?.error?.detail).toContain("nothing more is left of its budget");
    expect(session?.turns).toBeLessThan(40);
    const unpriced = await stage.run([...spawn, "--task", "t", "--model", "no-price", "--budget", "1"]);
    expect([unpriced.exitCode, unpriced.stderr]).toEqual([7, expect.stringContaining("no-price")]);
  }, 40_000);

  test("is refused by name where it is not there, or is asked for what it can not do", async () => {
    await using stage = await createCodexStage();
    const path = [stage.env["PATH"]?.split(":")[1], "/usr/bin", "/bin"].join(":");
    expect((await stage.run(["agent", "list"])).stdout).toMatch(/codex +ready +codex-cli 0\.169\.0/);
    const missing = await stage.run([...spawn, "--task", "t"], { env: { PATH: path } });
    expect([missing.exitCode, missing.stderr]).toEqual([3, expect.stringContaining("not on PATH")]);
    const tools = await stage.run([...spawn, "--task", "t", "--tools", "bash"]);
    expect([tools.exitCode, tools.stderr]).toEqual([2, expect.stringContaining("takes no tools")]);
    const model = await stage.run([...spawn, "--task", "t", "--model", "no-such-model"]);
    expect([model.exitCode, model.stderr + model.stdout]).toEqual([
      1,
      expect.stringContaining("no such model: no-such-model"),
    ]);
  }, 40_000);
});

test("a logged-in codex runs what nothing was chosen for, with its own folder and without the user's servers", async () => {
  await using stage = await createCodexStage({
    ANTHROPIC_API_KEY: "",
    OPENAI_API_KEY: "",
    GROQ_API_KEY: "",
  });
  const without = await stage.run(["agent", "spawn", "--task", "hello"]);
  expect([without.exitCode, without.stderr]).toEqual([3, expect.stringContaining("no key for any")]);
  const home = join(stage.root, "home", ".codex");
  mkdirSync(home);
  writeFileSync(join(home, "auth.json"), '{"tokens":{"access_token":"x"}}', { mode: 0o600 });
  writeFileSync(join(home, "config.toml"), '[mcp_servers.mine]\ncommand = "x"\n[mcp_servers."my two"]\n');
  const spawned = await stage.run(["agent", "spawn", "--task", "trap:surroundings", "--json"]);
  const [session] = await stage.sessions();
  expect([spawned.exitCode, session?.agent], spawned.stderr).toEqual([0, "codex"]);
  const { opened, env } = JSON.parse(session?.result?.text ?? "{}") as {
    opened: { config: { mcp_servers: object }; modelProvider?: string };
    env: Record<string, string>;
  };
  expect(env["CODEX_HOME"]).toBe(home);
  expect([opened.modelProvider, env["OPENAI_API_KEY"]]).toEqual([undefined, undefined]);
  expect(opened.config.mcp_servers).toMatchObject({ mine: { enabled: false }, "my two": { enabled: false } });
}, 40_000);

async function callWithToken(stage: Stage, levels: readonly string[]): Promise<{ sessions: string[] }> {
  const body = {
    sessions: levels.map((level) => ({
      task: "trap:surroundings",
      agent: "codex",
      permission_mode: level,
      append_system: "Be brief.",
    })),
  };
  const headers = { authorization: `Bearer ${stage.token()}` };
  const answer = await stage.rest("/api/agents/sessions", { body, headers });
  expect(answer.status, answer.text).toBe(202);
  return { sessions: answer.json<{ sessions: { id: string }[] }>().sessions.map(({ id }) => id) };
}
