import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDeferred } from "../../src/core/deferred.ts";
import { killHard } from "../support/e2e/processes.ts";
import { toBestMs } from "../support/best-of.ts";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { connectClient, type McpStage, refusalOf } from "../support/mcp/connect-client.ts";

interface Handle {
  result: string;
  task_id: string;
  pid: number;
  child_cid: string;
  parent_cid: string;
  status: string;
  model: string;
  cwd: string;
  attach: string;
  warnings: string[];
  panel?: Handle[];
}
interface Task {
  task_id: string;
  status: string;
  role: string | null;
  result: string | null;
  truncated: boolean;
}

let stage: Stage;
let mcp: McpStage;
const gate = createDeferred<void>();

beforeAll(async () => {
  stage = await createStage({
    async script({ firstUserText, system }) {
      if (firstUserText.includes("hang")) await gate.promise;
      if (firstUserText.includes("long")) return { text: "x".repeat(10_000) };
      return { text: `done: ${firstUserText} ${/Be an? (\w+)/.exec(system)?.[1] ?? ""}` };
    },
  });
  mcp = await connectClient(stage);
});
afterAll(async () => {
  gate.resolve();
  await mcp[Symbol.asyncDispose]();
  await stage.close();
});

async function ended(ids: readonly string[]): Promise<Task[]> {
  return until(
    async () => (await mcp.call<{ tasks: Task[] }>("tasks", { task_ids: ids })).tasks,
    (tasks) => tasks.every(({ status }) => !["queued", "running", "waiting"].includes(status)),
    10_000,
  );
}

test("T2, T16: spawn answers with the handle at once, and tasks has the result", async () => {
  const handle = await mcp.call<Handle>("spawn", { prompt: "count the files" });
  expect(handle.task_id).toBe(handle.child_cid);
  expect(handle.task_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(handle).toMatchObject({ pid: 0, cwd: stage.workspace });
  // The client is a peer: its children are its own.
  expect(handle.parent_cid).toMatch(/^[0-9a-f-]{36}$/);
  expect(handle.result).toContain(handle.task_id);
  expect(handle.attach).toBe(`profclaw agent attach ${handle.task_id.slice(0, 8)}`);
  const [task] = await ended([handle.task_id]);
  expect(task).toMatchObject({ status: "completed", result: "done: count the files " });
});

test("T17: the document's twelve inputs are taken together", async () => {
  const handle = await mcp.call<Handle>("spawn", {
    prompt: "all twelve",
    cwd: stage.root,
    append_system: "Answer in French.",
    model: "anthropic/claude-sonnet-4-6",
    effort: "low",
    permission_mode: "auto",
    extra_allowed_tools: "sessions_spawn, read_file",
    capture_output: false,
    visible: false,
    role: "skeptic",
    write_origin: "plan.md",
    slim: false,
  });
  expect(handle).toMatchObject({ cwd: stage.root, model: "anthropic/claude-sonnet-4-6" });
  expect(handle.warnings).toEqual([]);
  expect(handle.result).not.toMatch(/Watch:/);
  const [task] = await ended([handle.task_id]);
  expect(task).toMatchObject({ role: "skeptic", result: "done: all twelve skeptic" });
  const session = await stage.session(handle.task_id);
  expect(session.labels).toEqual({ write_origin: "plan.md", capture_output: "false" });
  expect(session.tools).toEqual(expect.arrayContaining(["read_file", "edit_file", "sessions_spawn"]));
  expect(await mcp.call("task_logs", { task_id: handle.task_id })).toMatchObject({ more: false });
});

test("T4: roles spawns a panel, one child for each, in one batch", async () => {
  const { panel = [] } = await mcp.call<Handle>("spawn", {
    prompt: "is it right?",
    roles: ["skeptic", "critic", "explorer"],
  });
  const tasks = await ended(panel.map(({ task_id }) => task_id));
  expect(tasks.map(({ role }) => role)).toEqual(["skeptic", "critic", "explorer"]);
  expect(tasks.map(({ result }) => result?.split(" ").at(-1))).toEqual(["skeptic", "critic", "explorer"]);
});

test("T3: a long result is cut and linked, and task_logs reads on from its cursor", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "long" });
  const [task] = await ended([task_id]);
  expect(task).toMatchObject({ truncated: true });
  const answer = await mcp.client.callTool({ name: "tasks", arguments: { task_ids: [task_id] } });
  expect(answer.content).toContainEqual(
    expect.objectContaining({ type: "resource_link", uri: `profclaw://sessions/${task_id}/result` }),
  );
  const first = await mcp.call<{ log: string; cursor: number; more: boolean }>("task_logs", { task_id });
  expect(first.log).toMatch(/accepted[^]*started[^]*turn 1/);
  const rest = await mcp.call<{ log: string }>("task_logs", { task_id, cursor: first.cursor });
  expect(rest.log).toBe("");
  const tail = await mcp.call<{ log: string; cursor: number }>("task_logs", { task_id, tail_lines: 1 });
  expect(tail.log.trimEnd().split("\n")).toHaveLength(1);
  expect(tail.cursor).toBe(first.cursor);
});

test("task_kill stops a task and says how it stands; twice is no fault", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "hang" });
  const killed = await mcp.call<Task>("task_kill", { task_id: task_id.slice(0, 8), tree: false });
  expect(killed).toMatchObject({ task_id, status: "cancelled" });
  expect(await mcp.call<Task>("task_kill", { task_id })).toMatchObject({ status: "cancelled" });
});

test("bad calls are refused with code, place and what to do, and start nothing", async () => {
  const before = (await stage.sessions()).length;
  const cases: [string, Record<string, unknown>, string, RegExp][] = [
    ["spawn", {}, "invalid-request", /prompt/],
    ["spawn", { prompt: 7 }, "invalid-request", /prompt/],
    ["spawn", { prompt: "x", rolle: "critic" }, "invalid-request", /role/],
    ["spawn", { prompt: "x", role: "critik" }, "unknown-role", /critic/],
    ["spawn", { prompt: "x", effort: "huge" }, "invalid-request", /low.*xhigh/],
    ["spawn", { prompt: "x", permission_mode: "yolo" }, "invalid-request", /allowlist/],
    ["spawn", { prompt: "x", role: "critic", roles: ["skeptic"] }, "invalid-request", /panel/],
    ["spawn", { prompt: "x", cwd: "/nowhere/at/all" }, "cwd-not-found", /./],
    ["spawn", { prompt: "x", agent: "klaude" }, "agent-not-installed", /builtin/],
    ["spawn", { prompt: "x", provider: "acme" }, "unknown-provider", /./],
    ["spawn", { prompt: "x", extra_allowed_tools: ["read_fil"] }, "unknown-tool", /./],
    ["spawn", { prompt: "y".repeat(400_001) }, "invalid-request", /400,?000/],
    ["task_kill", { task_id: "ffffffff" }, "not-found", /./],
    ["task_logs", { task_id: "not an id" }, "not-found", /./],
  ];
  for (const [name, args, code, says] of cases) {
    const failure = await refusalOf(mcp.call(name, args));
    expect(failure, JSON.stringify(args).slice(0, 100)).toMatchObject({ code, retryable: false });
    expect(`${failure.detail} ${failure.next}`, code).toMatch(says);
    expect(failure.next).not.toBe("");
  }
  expect(await stage.sessions()).toHaveLength(before);
});

test("a call that was sent again after its answer was lost starts nothing twice", async () => {
  const first = await mcp.call<Handle>("spawn", { prompt: "once", idempotency_key: "k1" });
  const again = await mcp.call<Handle>("spawn", { prompt: "once", idempotency_key: "k1" });
  expect(again.task_id).toBe(first.task_id);
  const other = await refusalOf(mcp.call("spawn", { prompt: "twice", idempotency_key: "k1" }));
  expect(other).toMatchObject({ code: "idempotency-key-reused" });
});

test("the bridge outlives a daemon that is killed: the client sees a pause, the task goes on", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "hang on" });
  const { pid } = stage.discovery();
  killHard(pid);
  const [task] = (await mcp.call<{ tasks: Task[] }>("tasks", { task_ids: [task_id] })).tasks;
  expect(task?.task_id).toBe(task_id);
  expect(stage.discovery().pid).not.toBe(pid);
  gate.resolve();
  expect(await ended([task_id])).toMatchObject([{ status: "completed", result: "done: hang on " }]);
});

test("a client of 2026-07-28 gets the same tools and answers", async () => {
  await using modern = await connectClient(stage, { version: "2026-07-28" });
  expect(modern.client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
  const { tools } = await modern.client.listTools();
  const { tools: older } = await mcp.client.listTools();
  expect(tools).toEqual(older);
  expect(await modern.call<Handle>("spawn", { prompt: "modern" })).toMatchObject({ status: "queued" });
  expect(modern.client.getInstructions()).toMatch(/Spawn when/);
});

test("without a daemon and without leave to start one, each call says what to type", async () => {
  await using elsewhere = await createStage();
  const env = { PROFCLAW_NO_AUTOSTART: "1" };
  const bridge = elsewhere.start(["mcp"], { env });
  bridge.write('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tasks","arguments":{}}}\n');
  bridge.write('{"jsonrpc":"2.0","id":"a","method":"tools/list"}\nnot json\n');
  await until(
    () => bridge.stdout,
    (text) => text.split("\n").length > 3,
    5_000,
  );
  bridge.endInput();
  const { exitCode, stdout } = await bridge.ended;
  expect(exitCode).toBe(0);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, never>);
  expect(answers.find(({ id }) => id === 1)).toMatchObject({ result: { isError: true } });
  expect(stdout).toMatch(/daemon-unreachable.*profclaw up/);
  expect(answers.find(({ id }) => id === "a")).toMatchObject({
    error: { data: { code: "daemon-unreachable", next: "Start it: profclaw up" } },
  });
  expect(answers.find(({ id }) => id === null)).toMatchObject({ error: { code: -32_700 } });
});

/** How long a bridge of its own takes to connect, ms. */
async function connectMs(): Promise<number> {
  const startedAt = performance.now();
  await using fresh = await connectClient(stage);
  const ms = performance.now() - startedAt;
  await fresh.client.listTools();
  const status = readFileSync(`/proc/${fresh.pid()}/status`, "utf8");
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  console.info(`bridge: connected after ${ms.toFixed(0)} ms, ${rssMb.toFixed(1)} MB`);
  expect(rssMb).toBeLessThan(60);
  return ms;
}

test("the bridge starts in under 300 ms beside a running daemon, and stays under 60 MB", async () => {
  expect(await toBestMs(300, connectMs)).toBeLessThan(300);
});
