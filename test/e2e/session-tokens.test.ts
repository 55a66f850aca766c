import { existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProblemSeen, RestCall } from "../support/e2e/rest.ts";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;
const path = "/api/agents/sessions";

/** "$ …" runs a command and ends with what it said; "hold $ …" runs it and hangs. */
function runCommands({ firstUserText, turn, toolResults }: ParsedRequest): Reply {
  if (firstUserText === "hang") return { hang: true };
  const [, holds, command] = /^(hold )?\$ (.*)$/s.exec(firstUserText) ?? [];
  if (command === undefined) return { text: "done" };
  if (turn === 0) return { toolCalls: [{ name: "bash", input: { command } }] };
  return holds === undefined ? { text: toolResults.at(-1)?.text ?? "" } : { hang: true };
}

beforeAll(async () => {
  stage = await createStage({ script: runCommands });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

async function spawnFull(task: string, more: readonly string[] = []): Promise<string> {
  const end = await stage.run(["agent", "spawn", "-d", "--permission-mode", "full", "--task", task, ...more]);
  return end.stdout.trim();
}

/** What a command of a session prints, and the session's id. */
async function runInSession(command: string): Promise<{ id: string; text: string }> {
  const id = await spawnFull(`$ ${command}`);
  const [ended] = await stage.untilEnded([id]);
  return { id, text: ended?.result?.text ?? "" };
}

/** A session that lives, and the token that its command was given. */
async function holdSession(more: readonly string[] = []): Promise<{ id: string; token: string }> {
  const file = join(mkdtempSync(join(tmpdir(), "token-")), "token");
  const id = await spawnFull(
    `hold $ printf %s "$PROFCLAW_TOKEN" > ${file}.new && mv ${file}.new ${file}`,
    more,
  );
  await until(
    async () => existsSync(file),
    (isThere) => isThere,
  );
  return { id, token: readFileSync(file, "utf8") };
}

async function refused(target: string, call: RestCall): Promise<[number, string]> {
  const answer = await stage.rest(target, call);
  return [answer.status, answer.json<ProblemSeen>().code];
}

test("a session's command acts as that session through the command line, though the socket is the user's", async () => {
  const { id, text } = await runInSession(
    "profclaw agent spawn -d --task inside; profclaw token rotate --yes",
  );
  const child = (await stage.sessions()).find(({ parent_id }) => parent_id === id);
  expect(child).toMatchObject({ task: "inside", depth: 1 });
  expect(text).toMatch(/token\.rotate always needs the admin token/);
  const told = await runInSession("profclaw agent spawn -d --permission-mode full --task inside");
  expect(told.text).toMatch(/exit code 6/);
});

test("the environment says who it is and who spawned it; the token is in no output", async () => {
  const { id, text } = await runInSession("env; echo $PROFCLAW_TOKEN | tr a-z A-Z | head -c 4");
  expect(text).toContain(`PROFCLAW_SESSION_ID=${id}`);
  expect(text).toContain("PROFCLAW_TOKEN=[redacted]");
  expect(text).toMatch(/PCS_$/);
  expect(text).not.toContain("PROFCLAW_PARENT_ID");
});

test("over REST the token says who spawns, writes and reads; a forged parent or sender is refused", async () => {
  const { id, token } = await holdSession();
  const other = await spawnFull("hang");
  const spawned = await stage.rest(path, { token, body: { sessions: [{ task: "by token" }] } });
  expect(spawned.json()).toMatchObject({ sessions: [{ parent_id: id }] });
  const named = { token, body: { sessions: [{ task: "by name" }], parent: id } };
  expect((await stage.rest(path, named)).status).toBe(202);
  const forged = { token, body: { sessions: [{ task: "forged" }], parent: other } };
  expect(await refused(path, forged)).toEqual([403, "policy-denied"]);
  const posing = { token, headers: { "profclaw-peer": "lead" }, body: {} };
  expect(await refused("/api/inbox", posing)).toEqual([403, "policy-denied"]);
  const sender = { token, body: { to_cid: "parent", content: "x", from_cid: other } };
  expect(await refused("/api/messages", sender)).toEqual([422, "invalid-request"]);
  const level = { token, body: { sessions: [{ task: "more", permission_mode: "full" }] } };
  expect(await refused(path, level)).toEqual([403, "policy-denied"]);
  expect((await stage.sessions()).filter(({ task }) => ["forged", "more"].includes(task))).toEqual([]);
  await stage.run(["agent", "stop", id, other]);
});

test("it reads and stops what is of its own tree, and nothing of another", async () => {
  const { id, token } = await holdSession();
  const other = await spawnFull("hang");
  const foreign = (await stage.session(other)).batch_id;
  const own = await stage.rest(path, { token });
  expect(own.json<{ sessions: { id: string }[] }>().sessions.map((session) => session.id)).toEqual([id]);
  for (const target of ["", "/events", "/log", "/result", "/tree", "/messages"]) {
    expect(await refused(`${path}/${other}${target}`, { token }), target).toEqual([403, "policy-denied"]);
    expect((await stage.rest(`${path}/${id}${target}`, { token })).status, target).toBe(200);
  }
  const stops: [string, RestCall][] = [
    [`${path}/${other}/cancel`, { body: {} }],
    [`${path}/${id}/cancel`, { body: {} }],
    [`${path}/${other}/messages`, { body: { message: "x" } }],
    [`${path}/${other}`, { method: "DELETE" }],
    [`/api/batches/${foreign}/cancel`, { body: {} }],
    [`/api/batches/${foreign}`, {}],
    [`/api/inbox/${other}`, {}],
    ["/api/events", {}],
    ["/api/events", { headers: { accept: "text/event-stream" } }],
    [`${path}/${other}/events`, { headers: { accept: "text/event-stream" } }],
  ];
  for (const [target, call] of stops) {
    expect(await refused(target, { ...call, token }), target).toEqual([403, "policy-denied"]);
  }
  expect((await stage.session(other)).status).toBe("running");
  await stage.run(["agent", "stop", id, other]);
});

test("what a session was not given it cannot do with its token either", async () => {
  const { id, token } = await holdSession(["--tools", "bash"]);
  const body = { sessions: [{ task: "not granted" }] };
  expect(await refused(path, { token, body })).toEqual([403, "policy-denied"]);
  expect(await refused("/api/pool", { token, method: "PUT", body: {} })).toEqual([401, "unauthorized"]);
  expect(await refused(`${path}/${id}/retry`, { token, body: {} })).toEqual([403, "policy-denied"]);
  await stage.run(["agent", "stop", id]);
});

/** One message to /mcp with a token. */
async function callMcp(token: string, method: string, { params = {}, query = "" } = {}) {
  const headers = { accept: "application/json, text/event-stream" };
  const answer = await stage.rest(`/mcp${query}`, {
    token,
    headers,
    body: { jsonrpc: "2.0", id: 1, method, params },
  });
  const line = answer.text.split("\n").find((text) => text.startsWith("data: {")) ?? answer.text;
  return JSON.parse(line.replace(/^data: /, "")) as {
    result?: { tools?: { name: string }[]; structuredContent?: object };
    error?: { data?: { code: string } };
  };
}

test("over MCP the token gives the children's tools, also to a program without a marker, and no other set", async () => {
  const { id, token } = await holdSession();
  const { result } = await callMcp(token, "tools/list");
  expect(result?.tools?.map(({ name }) => name)).toEqual(expect.arrayContaining(["spawn", "wait", "ask"]));
  expect(result?.tools).toHaveLength(10);
  const spawn = { name: "spawn", arguments: { prompt: "over MCP" } };
  const spawned = await callMcp(token, "tools/call", { params: spawn });
  expect(spawned.result?.structuredContent).toMatchObject({ parent_cid: id });
  const wider = await callMcp(token, "tools/list", { query: "?toolset=default" });
  expect(wider.error?.data).toMatchObject({ code: "policy-denied" });
  await stage.run(["agent", "stop", id]);
});

test("a token of a session that has ended is refused and says so; after resume it is nobody's", async () => {
  const { id, token } = await holdSession();
  await stage.run(["agent", "stop", id]);
  const answer = await stage.rest(path, { token });
  expect(answer.status).toBe(401);
  expect(answer.json<ProblemSeen>()).toMatchObject({ detail: expect.stringMatching(/has ended/) });
  const cli = await stage.run(["agent", "sessions"], { env: { PROFCLAW_TOKEN: token } });
  expect(cli).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/unset PROFCLAW_TOKEN/) });
  await stage.run(["agent", "resume", "-d", id]);
  expect((await stage.rest(path, { token })).json()).toMatchObject({ detail: "The token is not valid." });
  await stage.run(["agent", "stop", id]);
});

test("a token outlives kill -9 of the daemon, and stands nowhere in the state folder", async () => {
  const { id, token } = await holdSession();
  const carried = `the token is ${token}, pass it on`;
  const body = { sessions: [{ task: carried, labels: { note: token } }] };
  expect((await stage.rest(path, { token, body })).status).toBe(202);
  const mail = { token, body: { scope: "tree", content: carried } };
  expect((await stage.rest("/api/messages/broadcast", mail)).status).toBe(200);
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  const own = await stage.rest(path, { token });
  const [child, self] = own.json<{ sessions: { id: string; task: string }[] }>().sessions;
  expect(self?.id).toBe(id);
  expect(child?.task).toBe("the token is [redacted], pass it on");
  const files = readdirSync(stage.state, { recursive: true, withFileTypes: true }).filter((at) =>
    at.isFile(),
  );
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const text = readFileSync(join(file.parentPath, file.name), "latin1");
    expect(text.includes(token.slice(4)), file.name).toBe(false);
  }
  await stage.run(["agent", "stop", id]);
});
