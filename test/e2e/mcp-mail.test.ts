import { afterAll, beforeAll, expect, test } from "vitest";
import { createDeferred } from "../../src/core/deferred.ts";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { callAsSession } from "../support/mcp/call-as-session.ts";
import { connectClient, type McpStage, refusalOf } from "../support/mcp/connect-client.ts";

interface Mail {
  id: string;
  kind: string;
  from_cid: string;
  to_cid: string;
  content: string;
  reply_to: string | null;
}
interface Inbox {
  messages: Mail[];
  unread: number;
}
interface Waited {
  status: string;
  tasks: { task_id: string; status: string; result: string | null }[];
  messages: Mail[];
}
interface Handle {
  task_id: string;
  parent_cid: string | null;
}

let stage: Stage;
let mcp: McpStage;
const gate = createDeferred<void>();

beforeAll(async () => {
  stage = await createStage({
    async script({ firstUserText }) {
      if (firstUserText.includes("hang")) await gate.promise;
      return { text: `done: ${firstUserText}` };
    },
  });
  mcp = await connectClient(stage, { args: ["--peer", "lead"] });
});
afterAll(async () => {
  gate.resolve();
  await mcp[Symbol.asyncDispose]();
  await stage.close();
});

async function selfOf(client: McpStage): Promise<{ id: string; name: string }> {
  return (await client.call<{ self: { id: string; name: string } }>("peers")).self;
}

async function drain(client: McpStage): Promise<Mail[]> {
  return (await client.call<Inbox>("inbox", { mark_read: true, limit: 100 })).messages;
}

test("T2: wait collects all children's results in one call, and they do not come again as mail", async () => {
  const { id } = await selfOf(mcp);
  const handles = await Promise.all(["a", "b", "c"].map((prompt) => mcp.call<Handle>("spawn", { prompt })));
  expect(handles.map(({ parent_cid }) => parent_cid)).toEqual([id, id, id]);
  const tasks = handles.map(({ task_id }) => task_id);
  const waited = await mcp.call<Waited>("wait", { tasks, until: "all", mark_read: true });
  expect(waited).toMatchObject({ status: "done", messages: [] });
  expect(waited.tasks.map(({ result }) => result)).toEqual(["done: a", "done: b", "done: c"]);
  expect(await drain(mcp)).toEqual([]);
});

test("wait takes until as a number, and answers timed_out with how to go on", async () => {
  const quick = await mcp.call<Handle>("spawn", { prompt: "quick" });
  const slow = await mcp.call<Handle>("spawn", { prompt: "hang" });
  const tasks = [quick.task_id, slow.task_id];
  expect(await mcp.call<Waited>("wait", { tasks, until: 1, mark_read: true })).toMatchObject({
    status: "done",
  });
  const late = await mcp.call<Waited & { hint: string }>("wait", { tasks, until: "all", timeout_s: 1 });
  expect(late).toMatchObject({ status: "timed_out" });
  expect(late.hint).toMatch(/again/);
  expect(await refusalOf(mcp.call("wait", { tasks, until: "most" }))).toMatchObject({
    code: "invalid-request",
    pointer: "/until",
  });
  await mcp.call("task_kill", { task_id: slow.task_id });
  await drain(mcp);
});

test("a result reaches the inbox of the client that spawned, also after it has come back", async () => {
  const before = await selfOf(mcp);
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "tell me" });
  await mcp[Symbol.asyncDispose]();
  await stage.untilEnded([task_id]);
  mcp = await connectClient(stage, { args: ["--peer=lead"] });
  expect(await selfOf(mcp)).toMatchObject({ id: before.id, name: "lead" });
  const { messages } = await mcp.call<Inbox>("inbox");
  expect(messages).toMatchObject([{ kind: "result", from_cid: task_id, to_cid: before.id }]);
  expect(messages[0]?.content).toContain("done: tell me");
  expect(await mcp.call<Inbox>("inbox", { mark_read: true })).toMatchObject({ unread: 0 });
  expect(await mcp.call<Inbox>("inbox")).toMatchObject({ messages: [] });
});

test("without a name, a client in a folder is the same peer each time it comes, and another elsewhere", async () => {
  const ids: string[] = [];
  for (const cwd of [stage.workspace, stage.workspace, stage.root]) {
    await using client = await connectClient(stage, { cwd });
    const { id, name } = await selfOf(client);
    expect(name).toMatch(/^test-client@[\w.-]+-[0-9a-f]{6}$/);
    ids.push(id);
  }
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);
  await using modern = await connectClient(stage, { version: "2026-07-28" });
  expect((await selfOf(modern)).id).toBe(ids[0]);
});

test("tasks shows a client what it has spawned, and everybody's only if asked", async () => {
  await using other = await connectClient(stage, { args: ["--peer", "other"] });
  const own = await other.call<Handle>("spawn", { prompt: "mine" });
  const listed = await other.call<{ tasks: Handle[] }>("tasks");
  expect(listed.tasks.map(({ task_id }) => task_id)).toEqual([own.task_id]);
  const all = await other.call<{ tasks: Handle[] }>("tasks", { scope: "all" });
  expect(all.tasks.length).toBeGreaterThan(1);
});

test("T14: two clients whisper, ask and answer; a late answer is delivered", async () => {
  await using other = await connectClient(stage, { args: ["--peer", "other"] });
  const self = await selfOf(mcp);
  const waiting = other.call<Waited>("wait", { timeout_s: 20 });
  await drain(other);
  const sent = await mcp.call<{ id: string }>("whisper", { to_cid: "other", content: "the port is 4000" });
  expect((await waiting).status).toBe("message");
  expect(await drain(other)).toContainEqual(
    expect.objectContaining({ id: sent.id, kind: "whisper", from_cid: self.id, content: "the port is 4000" }),
  );
  const asked = mcp.call<{ status: string; answer: string }>("ask", {
    to_cid: "other",
    question: "which port?",
    timeout_s: 20,
  });
  const [question] = (await other.call<Waited>("wait", { timeout_s: 20 })).messages;
  await other.call("respond", { qid: question?.id, content: "4000" });
  expect(await asked).toMatchObject({ status: "answered", answer: "4000" });
  const late = await mcp.call<{ status: string; qid: string }>("ask", {
    to_cid: "other",
    question: "and now?",
    timeout_s: 0,
  });
  expect(late.status).toBe("timed_out");
  expect(await other.call("respond", { qid: late.qid, content: "still" })).toMatchObject({ status: "late" });
  expect(await drain(mcp)).toContainEqual(
    expect.objectContaining({ kind: "answer", reply_to: late.qid, content: "still" }),
  );
});

test("T15, T16: a session's process acts as that session, and its tools are at most ten", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "hang child" });
  const as = (method: string, params?: object, query?: string) =>
    callAsSession(stage, {
      sessionId: task_id,
      method,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
    });
  const { result } = await as("tools/list");
  const names = (result?.tools ?? []).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["wait", "inbox", "whisper", "ask", "respond", "broadcast"]));
  expect(names.length).toBeLessThanOrEqual(10);
  expect(names).not.toContain("task_kill");
  const spoken = await as("tools/call", {
    name: "whisper",
    arguments: { to_cid: "parent", content: "found it" },
  });
  expect(spoken.result?.isError).toBeUndefined();
  expect((await drain(mcp)).find(({ content }) => content === "found it")).toMatchObject({
    from_cid: task_id,
  });
  const posing = await as("tools/list", {}, "?peer=lead");
  expect(posing.error?.data).toMatchObject({ code: "policy-denied" });
  const elsewhere = await as("tools/call", { name: "task_kill", arguments: { task_id } });
  expect(elsewhere.error?.data).toMatchObject({ code: "not-found" });
  await mcp.call("task_kill", { task_id });
  await drain(mcp);
});

test("a session that was not given the right to spawn neither sees spawn nor can call it", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "hang alone", tools: ["read_file"] });
  const { result } = await callAsSession(stage, { sessionId: task_id, method: "tools/list" });
  expect(result?.tools?.map(({ name }) => name)).not.toContain("spawn");
  const tried = await callAsSession(stage, {
    sessionId: task_id,
    method: "tools/call",
    params: { name: "spawn", arguments: { prompt: "x" } },
  });
  expect(tried.result).toMatchObject({ isError: true });
  expect(tried.result?.content?.[0]?.text).toMatch(/policy-denied.*parent/);
  await mcp.call("task_kill", { task_id });
  await drain(mcp);
});

test("T13: search_via_parent finds what another session came to", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "xylophone inventory" });
  await mcp.call("wait", { tasks: [task_id], mark_read: true });
  const found = await mcp.call<{ hits: { session_id: string; kind: string }[] }>("search_via_parent", {
    query: "xylophone",
  });
  expect(found.hits).toContainEqual(expect.objectContaining({ session_id: task_id, kind: "result" }));
});

test("the toolset aliases has the same tools under other names; one that there is not is refused at once", async () => {
  await using client = await connectClient(stage, { args: ["--toolset", "aliases"] });
  const { tools } = await client.client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    "sessions_spawn",
    "sessions_list",
    "sessions_send",
    "session_status",
  ]);
  const { task_id } = await client.call<Handle>("sessions_spawn", { prompt: "by its other name" });
  await stage.untilEnded([task_id]);
  expect(await client.call("session_status", { session_id: task_id })).toMatchObject({ status: "completed" });
  const refused = await stage.run(["mcp", "--toolset", "aliasses"], { input: "" });
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toMatch(/aliases/);
  const nameless = await stage.run(["mcp", "--peer", "ü"], { input: "" });
  expect(nameless.exitCode).toBe(2);
});

test("mail to nobody, to oneself and to a foreign tree is refused with what to do", async () => {
  const { task_id } = await mcp.call<Handle>("spawn", { prompt: "hang foreign" });
  const self = await selfOf(mcp);
  const cases: [string, Record<string, unknown>, string][] = [
    ["whisper", { to_cid: "nobody", content: "x" }, "not-found"],
    ["whisper", { to_cid: self.id, content: "x" }, "invalid-request"],
    ["whisper", { to_cid: task_id, content: " " }, "invalid-request"],
    ["whisper", { to_cid: task_id, content: "é".repeat(140_000) }, "invalid-request"],
    ["respond", { qid: "none", content: "x" }, "not-found"],
    ["ask", { to_cid: task_id, question: "x", timeout_s: 51 }, "invalid-request"],
    ["broadcast", { content: "x", scope: "world" }, "invalid-request"],
    ["inbox", { limit: 0 }, "invalid-request"],
    ["search_via_parent", { query: "?!" }, "invalid-request"],
  ];
  for (const [name, args, code] of cases) {
    const failure = await refusalOf(mcp.call(name, args));
    expect(failure, `${name} ${JSON.stringify(args).slice(0, 80)}`).toMatchObject({ code, retryable: false });
    expect(failure.next).not.toBe("");
  }
  await using stranger = await connectClient(stage, { args: ["--peer", "stranger"] });
  const { task_id: other } = await stranger.call<Handle>("spawn", { prompt: "hang stranger" });
  const tried = await callAsSession(stage, {
    sessionId: task_id,
    method: "tools/call",
    params: { name: "whisper", arguments: { to_cid: other, content: "hello" } },
  });
  expect(tried.result?.content?.[0]?.text).toMatch(/policy-denied/);
});
