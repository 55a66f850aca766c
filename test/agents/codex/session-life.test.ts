import { existsSync, globSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { findProcesses, killHard } from "../../support/e2e/processes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import { toRecords, toText } from "../../support/model-server/json.ts";
import type { JsonRecord, ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";
import { findAgent } from "../pinned-agents.ts";

const { title, program = "" } = findAgent("codex");
const withinMs = 50_000;
// One that codex knows nothing of: it gets plain functions, as its newest ones do not.
const model = "gpt-5.2";

// The temporary folder, in which the stage is, is one that its commands may write to.
const outside = `/opt/profclaw-outside-${process.pid}`;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ env: { POOL_MAX_CONCURRENT: "30" } });
  if (program !== "") symlinkSync(program, join(stage.root, "bin/codex"));
  await stage.run(["up"]);
});
afterAll(() => stage.close());

/** Sessions that this codex runs, accepted and not waited for. */
async function spawn(tasks: readonly string[], more: object = {}): Promise<string[]> {
  const { sessions } = await stage.spawn({
    sessions: tasks.map((task) => ({ task, agent: "codex", model, ...more })),
  });
  return sessions.map(({ id }) => id);
}

async function run(task: string, more: object = {}): Promise<SessionView> {
  const [session] = await stage.untilEnded(await spawn([task], more), withinMs);
  if (session === undefined) throw new Error("there is no session");
  return session;
}

/** Its model says these things, one after the other, whatever its commands answer. */
function play(...replies: Reply[]): ModelScript {
  return ({ turn }) => replies[turn] ?? replies.at(-1) ?? {};
}

const shell = (cmd: string, more: JsonRecord = {}): Reply => ({
  toolCalls: [{ name: "exec_command", input: { cmd, ...more } }],
});
const ours = (name: string, input: JsonRecord = {}): Reply => ({
  toolCalls: [{ name, namespace: "mcp__profclaw", input }],
});
const codexes = (): ReturnType<typeof findProcesses> =>
  findProcesses(stage.root).filter(({ command }) => command.includes("app-server"));

/** That of its first run, which others may share. */
function findRecorder(id: string): number {
  const start = readFileSync(join(stage.state, "agents", id, "1", "start.json"), "utf8");
  return (JSON.parse(start) as { recorder: { pid: number } }).recorder.pid;
}

async function untilAsked(before: number, times: number): Promise<void> {
  await until(
    () => stage.model.requests.length - before,
    (asked) => asked >= times,
    withinMs,
  );
}

/** Names of our tools, as codex offers them to its model. */
function oursIn(request: ParsedRequest | undefined): string[] {
  const groups = toRecords(request?.body["tools"]).filter(({ name }) => name === "mcp__profclaw");
  return groups.flatMap(({ tools }) => toRecords(tools).map(({ name }) => toText(name)));
}

/** All that its model is offered, also what stands in its input, as groups or not. */
function offeredIn(request: ParsedRequest | undefined): string[] {
  const input = toRecords(request?.body["input"]).flatMap(({ tools }) => toRecords(tools));
  return [...toRecords(request?.body["tools"]), ...input].flatMap(({ name, type, tools }) => {
    const group = toRecords(tools).map((tool) => `${toText(name)}.${toText(tool["name"])}`);
    return group.length > 0 ? group : [toText(name) || toText(type)];
  });
}

/** They are held by its sandbox, ask as we say, or do nothing; what is read of servers is read of those it was given. */
const known = new Set([
  "functions.exec",
  "functions.wait",
  "functions.request_user_input",
  "functions.request_user_input_async",
  "clock.sleep",
  "exec_command",
  "write_stdin",
  "apply_patch",
  "view_image",
  "request_user_input",
  "tool_search",
  "list_mcp_resources",
  "list_mcp_resource_templates",
  "read_mcp_resource",
  "web_search",
]);

describe.runIf(program !== "")(`${title} as a session's agent`, () => {
  test("runs a command in its sandbox, has our tools in the session's own name, and is booked at what it used", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(
      play(
        shell(`echo made > made.txt; touch ${outside}; echo $PROFCLAW_SESSION_ID`),
        ours("distill", { text: "The sky is blue" }),
        { text: "I have looked." },
      ),
    );
    const session = await run("Look at the sky.");
    expect(session).toMatchObject({ status: "completed", turns: 3, result: { text: "I have looked." } });
    expect(existsSync(join(stage.workspace, "made.txt"))).toBe(true);
    expect(existsSync(outside)).toBe(false);
    const requests = stage.model.requests.slice(before);
    expect(requests[1]?.toolResults[0]?.text).toContain(session.id);
    expect(requests[2]?.toolResults[0]?.text).toContain(`"author_cid":"${session.id}"`);
    expect(oursIn(requests[0])).toContain("wait");
    expect(oursIn(requests[0])).not.toContain("spawn");
    const [given] = Object.values(stage.model.tokensGiven());
    const { inputTokens: input_tokens, outputTokens: output_tokens } = given ?? {};
    expect(session.usage).toMatchObject({ input_tokens, output_tokens });
    expect(Number(session.cost_usd)).toBeGreaterThan(0);
    expect(stage.model.violations).toEqual([]);
  });

  test.each(["gpt-6-sol", "gpt-5.5", model])(
    "has no tool that nobody has thought of, as agents of its own, with %s",
    async (named) => {
      const before = stage.model.requests.length;
      stage.model.setScript(() => ({ text: "ok" }));
      await run("Say ok.", { model: named });
      const [request] = stage.model.requests.slice(before);
      const offered = offeredIn(request).filter((name) => !name.startsWith("mcp__"));
      expect(offered.length).toBeGreaterThan(3);
      expect(offered.filter((name) => !known.has(name))).toEqual([]);
      // Below level full: what its provider has stored, and nobody else is asked.
      expect(JSON.stringify(request?.body)).not.toContain('"external_web_access":true');
    },
  );

  test("ten at once share one process, and each has its own answer", async () => {
    stage.model.setScript(({ lastUserText, turn }) =>
      turn === 0 ? shell(`echo ${lastUserText}`) : { text: `done: ${lastUserText}`, delayMs: 500 },
    );
    const tasks = Array.from({ length: 10 }, (_, at) => `part${at}`);
    const ids = await spawn(tasks);
    await until(codexes, (found) => found.length > 0, withinMs);
    const ended = await stage.untilEnded(ids, withinMs);
    expect(codexes()).toHaveLength(1);
    expect(ended.map(({ result }) => result?.text)).toEqual(tasks.map((task) => `done: ${task}`));
  });

  test("stopped, its command is gone within two seconds, and another one in the same process goes on", async () => {
    stage.model.setScript(({ lastUserText, turn }) => {
      if (lastUserText === "calm") return { text: "calm", delayMs: 4_000 };
      return turn === 0 ? shell("setsid sleep 3141 & sleep 3141", { yield_time_ms: 20_000 }) : { text: "no" };
    });
    const [stopped = "", calm = ""] = await spawn(["loud", "calm"], {});
    const sleeps = (): unknown[] =>
      findProcesses(stage.root).filter(({ command }) => command.startsWith("sleep 3141"));
    await until(sleeps, (found) => found.length >= 2, withinMs);
    await stage.run(["agent", "stop", stopped]);
    await until(sleeps, (found) => found.length === 0, 2_000);
    const ended = await stage.untilEnded([stopped, calm], withinMs);
    expect(ended.map(({ status }) => status)).toEqual(["cancelled", "completed"]);
  });

  test("goes on when the daemon is killed, and is asked nothing twice", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(play(ours("inbox"), { text: "I was not disturbed.", delayMs: 4_000 }));
    const [id = ""] = await spawn(["Take your time."]);
    await untilAsked(before, 2);
    const [running] = codexes();
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    const [session] = await stage.untilEnded([id], withinMs);
    expect(session).toMatchObject({
      status: "completed",
      turns: 2,
      result: { text: "I was not disturbed." },
    });
    expect(stage.model.requests.length - before).toBe(2);
    expect(codexes().map((found) => found.pid)).toContain(running?.pid);
  });

  test("goes on in another process when its own is killed in the middle of a turn", async () => {
    const before = stage.model.requests.length;
    let calls = 0;
    stage.model.setScript(() => {
      calls += 1;
      return calls === 1 ? shell("echo once") : { text: `call ${calls}`, delayMs: calls === 2 ? 20_000 : 0 };
    });
    const [id = ""] = await spawn(["Live on."]);
    await untilAsked(before, 2);
    await until(
      () => stage.session(id),
      ({ turns }) => turns === 1,
    );
    for (const { pid } of codexes()) killHard(pid);
    const [session] = await stage.untilEnded([id], withinMs);
    expect(session).toMatchObject({ status: "completed", result: { text: "call 3" } });
    expect(JSON.stringify(stage.model.requests.at(-1)?.messages)).toContain("echo once");
  });

  test("knows what it had begun when its recorder is killed before a word of that came back", async () => {
    const before = stage.model.requests.length;
    let calls = 0;
    stage.model.setScript(() => {
      calls += 1;
      return calls === 1
        ? { ...shell("echo once >> unseen.txt; sleep 30"), delayMs: 1_000 }
        : { text: "done" };
    });
    const [id = ""] = await spawn(["Do it unseen."]);
    await untilAsked(before, 1);
    const recorder = findRecorder(id);
    process.kill(recorder, "SIGSTOP");
    await until(
      () => existsSync(join(stage.workspace, "unseen.txt")),
      (isThere) => isThere,
      withinMs,
    );
    killHard(recorder);
    const [session] = await stage.untilEnded([id], withinMs);
    expect(session).toMatchObject({ status: "completed", result: { text: "done" } });
    expect(readFileSync(join(stage.workspace, "unseen.txt"), "utf8")).toBe("once\n");
    const asked = JSON.stringify(stage.model.requests.at(-1)?.messages);
    expect(asked).toContain("echo once");
    expect(asked.split("Do it unseen.")).toHaveLength(2);
  });

  test("is told its task once, however early its process is killed", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(() => ({ text: "done" }));
    const [id = ""] = await spawn(["Begin again."]);
    await until(
      () => existsSync(join(stage.state, "agents", id, "threads")),
      (isThere) => isThere,
    );
    for (const { pid } of codexes()) killHard(pid);
    const [session] = await stage.untilEnded([id], withinMs);
    expect(session).toMatchObject({ status: "completed", result: { text: "done" } });
    const asked = stage.model.requests.slice(before);
    expect(JSON.stringify(asked.at(-1)?.messages).split("Begin again.")).toHaveLength(2);
  });

  test.each([
    [401, "agent-not-logged-in", /codex login/],
    [429, "agent-failed", /429|limit/i],
    [500, "agent-failed", /high demand|500|overload/i],
  ])("a model that answers %d for good ends it as %s", async (status, code, detail) => {
    stage.model.setScript(() => ({ status, error: { message: "not today" } }));
    const session = await run("Try.");
    expect(session).toMatchObject({ status: "failed", error: { code } });
    expect(session.error?.detail).toMatch(detail);
  });

  test("asks leave for what its sandbox does not let it do, and does it once that is given", async () => {
    const before = stage.model.requests.length;
    const asked = { sandbox_permissions: "require_escalated", justification: "It lies outside." };
    stage.model.setScript(play(shell("touch ../allowed.txt", asked), { text: "done" }));
    const [id = ""] = await spawn(["Write outside."]);
    await until(
      () => stage.session(id),
      ({ status, approvals }) => status === "waiting" && approvals[0]?.what.includes("allowed.txt") === true,
      withinMs,
    );
    expect(stage.model.requests.length - before).toBe(1);
    expect((await stage.run(["agent", "answer", id, "allow"])).exitCode).toBe(0);
    const [session] = await stage.untilEnded([id], withinMs);
    expect(session).toMatchObject({ status: "completed", result: { text: "done" } });
    expect(existsSync(join(stage.root, "allowed.txt"))).toBe(true);
  });

  test("hears what is sent to it while it works, in the turn under way", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(({ lastUserText, turn }) =>
      turn === 0 ? { ...shell("echo working"), delayMs: 2_000 } : { text: `heard: ${lastUserText}` },
    );
    const [id = ""] = await spawn(["Work."]);
    await untilAsked(before, 1);
    await sleep(300);
    await stage.run(["agent", "send", id, "And look at b."]);
    const [session] = await stage.untilEnded([id], withinMs);
    expect(session?.result?.text).toContain("And look at b.");
  });

  test("goes on in its thread, is forked with all that was said, and each is booked at what is new", async () => {
    stage.model.setScript(({ lastUserText, messages }) => ({
      text: `${lastUserText} / ${JSON.stringify(messages).includes("the secret word")}`,
      usage: { inputTokens: 1_000, outputTokens: 100 },
    }));
    const first = await run("Remember the secret word.");
    const resumed = await stage.run(["agent", "resume", first.id, "And now?"]);
    expect(resumed.stdout, resumed.stderr).toContain("And now? / true");
    const forked = await stage.run(["agent", "fork", first.id, "And elsewhere?"]);
    expect(forked.stdout, forked.stderr).toContain("And elsewhere? / true");
    const all = await stage.sessions();
    const copy = all.find(({ forked_from }) => forked_from?.id === first.id);
    const source = all.find(({ id }) => id === first.id);
    expect(source).toMatchObject({ turns: 2, usage: { input_tokens: 2_000, output_tokens: 200 } });
    expect(Number(source?.cost_usd)).toBeCloseTo(2 * Number(first.cost_usd), 5);
    expect(copy?.cost_usd).toBe(first.cost_usd);
  });

  test("gives an answer in the asked shape, which its provider is asked to keep to", async () => {
    stage.model.setScript(() => ({ text: '{"verdict":"fine"}' }));
    const schema = { type: "object", properties: { verdict: { type: "string" } } };
    const session = await run("Judge.", { schema });
    expect(session.result?.structured).toEqual({ verdict: "fine" });
    expect(stage.model.requests.at(-1)?.body["text"]).toMatchObject({
      format: { type: "json_schema", strict: true },
    });
  });

  test("what it keeps of a session goes with that, while its process works for another one", async () => {
    const rollouts = (): string[] =>
      globSync(join(stage.state, "codex/{sessions,archived_sessions}/**/*.jsonl"));
    const before = stage.model.requests.length;
    stage.model.setScript(({ lastUserText }) => ({
      text: `heard: ${lastUserText}`,
      delayMs: lastUserText === "calm" ? 8_000 : 0,
    }));
    const { id } = await run("Forget me.");
    const [calm = ""] = await spawn(["calm"]);
    await untilAsked(before, 2);
    const kept = rollouts().length;
    await stage.run(["agent", "rm", id]);
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    await until(rollouts, (left) => left.length === kept - 1, 10_000);
    const [ended] = await stage.untilEnded([calm], withinMs);
    expect(ended).toMatchObject({ status: "completed", result: { text: "heard: calm" } });
  });
});
