import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AgentListView } from "../../src/contract/agent-operations.ts";
import type { SessionView } from "../../src/contract/shapes.ts";
import { installOnPath } from "../support/agents/driver-rows.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

/** A stage whose PATH has a `codex` with that wrong with its app-server. */
async function createExecStage(server = "none"): Promise<Stage> {
  const stage = await createStage();
  installOnPath(stage, "codex", `fake-codex-exec.ts ${server}`);
  mkdirSync(stage.state, { mode: 0o700 });
  await stage.run(["up"]);
  return stage;
}

async function runAll(stage: Stage, tasks: readonly string[], more: object = {}): Promise<SessionView[]> {
  const { sessions } = await stage.spawn({
    sessions: tasks.map((task) => ({ task, agent: "codex", ...more })),
  });
  return stage.untilEnded(
    sessions.map(({ id }) => id),
    20_000,
  );
}

async function readLog(stage: Stage, id = ""): Promise<string> {
  return (await stage.rest(`/api/agents/sessions/${id}/log`)).text;
}

const agent = ["agent", "spawn", "--agent", "codex"];

describe.concurrent("codex without an app-server", () => {
  test("is run by codex exec, which the list and doctor say, and each tool call is a turn of its log", async () => {
    await using stage = await createExecStage();
    const { agents } = (await stage.rest("/api/agents")).json<AgentListView>();
    expect(agents.find(({ name }) => name === "codex")).toMatchObject({ status: "ready", by: "exec" });
    expect((await stage.run(["agent", "list"])).stdout).toMatch(/codex +ready, by exec/);
    // On a busy machine a program may be too slow for it.
    await until(
      () => stage.run(["doctor"]),
      ({ stdout }) => stdout.includes("--agent codex, by exec"),
      20_000,
    );
    const [session] = await runAll(stage, ["trap:tools"]);
    expect(session).toMatchObject({ status: "completed", turns: 4, result: { text: "with three tools" } });
    expect(session?.usage).toMatchObject({ input_tokens: 4_000, output_tokens: 400 });
    expect(Number(session?.cost_usd)).toBeGreaterThan(0);
    const log = await readLog(stage, session?.id);
    expect(log).toContain("codex launched by exec");
    expect(log.match(/shell failed|mcp__profclaw__inbox answered|apply_patch answered/g)).toHaveLength(3);
  }, 40_000);

  test("ends as it went: no key, limits, its own retries, a crash, no answer", async () => {
    await using stage = await createExecStage("dies");
    const names = ["unauthorized", "limits", "body", "retries", "exit-1", "exit-0"];
    const ended = await runAll(
      stage,
      names.map((name) => `trap:${name}`),
    );
    expect(ended.map(({ status, error, result }) => [status, error?.code, result?.text])).toEqual([
      ["failed", "agent-not-logged-in", undefined],
      ["failed", "agent-failed", undefined],
      ["failed", "agent-failed", undefined],
      ["completed", undefined, "after all"],
      ["failed", "agent-failed", undefined],
      ["failed", "agent-no-answer", undefined],
    ]);
    const details = ended.map(({ error }) => error?.detail ?? "");
    expect(details[0]).toContain("codex login");
    expect(details[1]).toContain("429");
    expect(details[2]).toContain("no such model: gpt-1");
    expect(details[4]).toContain("panicked");
  }, 40_000);

  test("is held to its level by its sandbox; no token or key is in its arguments, and both are around it", async () => {
    await using stage = await createExecStage();
    const headers = { authorization: `Bearer ${stage.token()}` };
    const body = {
      sessions: ["deny", "auto", "full"].map((level) => ({
        task: "trap:surroundings",
        agent: "codex",
        permission_mode: level,
        effort: "low",
        append_system: 'Be "brief".\nAlways.',
        schema: { type: "object", properties: { env: { type: "object" } } },
      })),
    };
    const answer = await stage.rest("/api/agents/sessions", { body, headers });
    const { sessions } = answer.json<{ sessions: { id: string }[] }>();
    const ended = await stage.untilEnded(
      sessions.map(({ id }) => id),
      20_000,
    );
    const seen = ended.map(
      ({ result }) =>
        JSON.parse(result?.text ?? "{}") as { args: string[]; env: Record<string, string>; schema: object },
    );
    const sandboxes = seen.map(({ args }) => args[args.indexOf("--sandbox") + 1]);
    expect(sandboxes).toEqual(["read-only", "workspace-write", "danger-full-access"]);
    const { args = [], env = {}, schema } = seen[1] ?? {};
    const all = args.join("\n");
    expect(all).toContain('approval_policy="never"');
    expect(all).toContain('model_reasoning_effort="low"');
    expect(all).toContain(String.raw`developer_instructions="Be \"brief\".\nAlways.`);
    expect(all).toContain('"bearer_token_env_var" = "PROFCLAW_TOKEN"');
    expect(all).not.toMatch(/pcs_|test-key/);
    expect(env["PROFCLAW_TOKEN"]).toBeTypeOf("string");
    expect([env["OPENAI_API_KEY"], env["ANTHROPIC_API_KEY"]]).toEqual(["test-key", undefined]);
    expect(env["CODEX_HOME"]).toBe(join(stage.state, "codex"));
    expect(schema).toMatchObject({ additionalProperties: false, required: ["env"] });
  }, 40_000);

  test("goes on and is forked in the same thread, each booked at what is new", async () => {
    await using stage = await createExecStage();
    const [first] = await runAll(stage, ["one"]);
    const id = first?.id ?? "";
    const again = await stage.run(["agent", "resume", id, "two"]);
    expect(again.stdout, again.stderr).toContain("heard: one | two");
    const forked = await stage.run(["agent", "fork", id, "three"]);
    expect(forked.stdout, forked.stderr).toContain("heard: one | two | three");
    const all = await stage.sessions();
    const copy = all.find(({ forked_from }) => forked_from !== null);
    expect(copy?.cost_usd).toBe(first?.cost_usd);
    expect(all.find((one) => one.id === id)?.usage).toMatchObject({
      input_tokens: 2_000,
      output_tokens: 200,
    });
    const later = await stage.run(["agent", "resume", copy?.id ?? "", "four"]);
    expect(later.stdout, later.stderr).toContain("heard: one | two | three | four");
    const ended = await stage.session(copy?.id ?? "");
    expect(Number(ended.cost_usd)).toBeCloseTo(2 * Number(first?.cost_usd), 5);
  }, 40_000);

  test("a budget that nothing could hold it to, and servers, are refused by name, before anything starts", async () => {
    await using stage = await createExecStage();
    for (const [more, said] of [
      [{ budget_usd: "1" }, "takes no budget_usd: by codex exec"],
      [{ slim: false }, "takes no mcp: by codex exec nobody can be asked"],
    ] as const) {
      const body = { sessions: [{ task: "t", agent: "codex", ...more }] };
      const refused = await stage.rest("/api/agents/sessions", { body });
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(said)]);
    }
    expect(await stage.sessions()).toEqual([]);
  }, 40_000);

  test("mail of its last moment is heard in one more run, also when its daemon dies in between", async () => {
    await using stage = await createExecStage();
    await stage.run([...agent, "--task", "trap:slow 3000", "-d"]);
    const [session] = await stage.sessions();
    const id = session?.id ?? "";
    await until(
      () => findProcesses(stage.root).filter(({ command }) => command.includes("fake-codex-exec")),
      (found) => found.length > 0,
      10_000,
    );
    expect((await stage.run(["agent", "send", id, "and b"])).exitCode).toBe(0);
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const [ended] = await stage.untilEnded([id], 20_000);
    expect(ended).toMatchObject({
      status: "completed",
      turns: 3,
      result: { text: "heard: trap:slow 3000 | and b" },
    });
    expect((await readLog(stage, id)).match(/launched by exec/g)).toHaveLength(2);
  }, 60_000);

  test("stopped, its commands go with it, also one that has left its group", async () => {
    await using stage = await createExecStage();
    const { sessions } = await stage.spawn({ sessions: [{ task: "trap:orphan 2718", agent: "codex" }] });
    const sleeps = (): unknown[] =>
      findProcesses(stage.root).filter(({ command }) => command.startsWith("sleep 2718"));
    await until(sleeps, (found) => found.length === 2, 10_000);
    await stage.run(["agent", "stop", sessions[0]?.id ?? ""]);
    await until(sleeps, (found) => found.length === 0, 3_000);
  }, 40_000);
});

describe.concurrent("codex whose app-server comes and goes", () => {
  test("one that greets and then dies at each thread is run by codex exec in the end", async () => {
    await using stage = await createExecStage("brittle");
    const [session] = await runAll(stage, ["still"]);
    expect(session).toMatchObject({ status: "completed", result: { text: "heard: still" } });
    const log = await readLog(stage, session?.id);
    expect([log.match(/codex launched/g)?.length, log.match(/launched by exec/g)?.length]).toEqual([3, 1]);
  }, 40_000);

  test("a session goes on in its thread by the one way as by the other, and nothing is booked twice", async () => {
    await using stage = await createStage();
    installOnPath(stage, "codex", "fake-codex.ts");
    await stage.run(["up"]);
    const [session] = await runAll(stage, ["by server"]);
    const id = session?.id ?? "";
    installOnPath(stage, "codex", "fake-codex-exec.ts none");
    const second = await stage.run(["agent", "resume", id, "by exec"]);
    expect(second.stdout, second.stderr).toContain("heard: by server | by exec");
    installOnPath(stage, "codex", "fake-codex.ts");
    const third = await stage.run(["agent", "resume", id, "by server again"]);
    expect(third.stdout, third.stderr).toContain("heard: by server | by exec | by server again");
    const log = await readLog(stage, id);
    expect(log.match(/codex launched(?: by exec)?/g)).toEqual([
      "codex launched",
      "codex launched by exec",
      "codex launched",
    ]);
    const ended = await stage.session(id);
    expect(ended).toMatchObject({ turns: 3, usage: { input_tokens: 3_000, output_tokens: 300 } });
  }, 40_000);
});
