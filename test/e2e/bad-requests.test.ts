import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProblemSeen, RestCall } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;
let daemonPid: number;

const path = "/api/agents/sessions";
const good = { task: "fine" };

beforeAll(async () => {
  stage = await createStage({ env: { OPENAI_API_KEY: "" } });
  await stage.run(["up"]);
  daemonPid = stage.discovery().pid;
  writeFileSync(join(stage.workspace, "a-file"), "");
});

afterAll(() => stage.close());

interface Refusal {
  name: string;
  call: RestCall;
  status: number;
  code: string;
  pointer: string;
}

/** Each of these is the second session of a batch whose first one is fine. */
const wrongSessions: [name: string, session: unknown, status: number, code: string, pointer: string][] = [
  ["no task", {}, 422, "invalid-request", "/task"],
  ["an empty task", { task: "" }, 422, "invalid-request", "/task"],
  ["a blank task", { task: " \n" }, 422, "invalid-request", "/task"],
  ["a task that is no text", { task: 7 }, 422, "invalid-request", "/task"],
  ["a session that is a text", "do it", 422, "invalid-request", ""],
  ["an unknown key", { ...good, promt: "x" }, 422, "invalid-request", "/promt"],
  ["an unknown provider", { ...good, provider: "antropic" }, 400, "unknown-provider", "/provider"],
  ["a provider that is no text", { ...good, provider: null }, 422, "invalid-request", "/provider"],
  ["an unknown model", { ...good, model: "no-such-model" }, 400, "unknown-model", "/model"],
  ["a model of an unknown provider", { ...good, model: "nobody/x" }, 400, "unknown-provider", "/model"],
  ["a provider without a default", { ...good, provider: "my-llm" }, 400, "model-required", "/model"],
  ["a provider without its key", { ...good, provider: "openai" }, 400, "provider-key-missing", "/provider"],
  ["an unknown tool", { ...good, tools: ["read_fil"] }, 400, "unknown-tool", "/tools"],
  ["tools that are no list", { ...good, tools: "read_file" }, 422, "invalid-request", "/tools"],
  ["an unknown level", { ...good, permission_mode: "root" }, 422, "invalid-request", "/permission_mode"],
  ["level full", { ...good, permission_mode: "full" }, 403, "policy-denied", "/permission_mode"],
  ["an unknown agent", { ...good, agent: "cursor" }, 400, "agent-not-installed", "/agent"],
  ["an unknown role", { ...good, role: "pirate" }, 400, "unknown-role", "/role"],
  ["an unknown effort", { ...good, effort: "extreme" }, 422, "invalid-request", "/effort"],
  ["a folder that is gone", { ...good, cwd: "/no/such/folder" }, 422, "cwd-not-found", "/cwd"],
  ["a folder that is a file", { ...good, cwd: "a-file" }, 422, "cwd-not-found", "/cwd"],
  ["no time at all", { ...good, timeout: 0 }, 422, "invalid-request", "/timeout"],
  ["a time in words", { ...good, timeout: "5m" }, 422, "invalid-request", "/timeout"],
  ["half a turn", { ...good, max_turns: 0.5 }, 422, "invalid-request", "/max_turns"],
  ["a label that is no name", { ...good, labels: { "a b": "c" } }, 422, "invalid-request", "/labels/a b"],
  ["a schema that is none", { ...good, schema: { type: "banana" } }, 422, "invalid-request", "/schema"],
];

const wrongBodies: [name: string, body: unknown, status: number, pointer: string][] = [
  ["no JSON", '{"sessions": [', 400, "/sessions/0"],
  ["half a text", '{"sessions": "', 400, "/sessions"],
  ["nothing", "", 422, "/sessions"],
  ["a list", [good], 422, ""],
  ["null", "null", 422, ""],
  ["no sessions", { timeout: 5 }, 422, "/sessions"],
  ["an unknown key", { session: [good] }, 422, "/session"],
  ["sessions that are no list", { sessions: good }, 422, "/sessions"],
  ["an empty list", { sessions: [] }, 422, "/sessions"],
  ["a thousand and one", { sessions: Array.from({ length: 1_001 }, () => good) }, 422, "/sessions"],
  ["a key twice", '{"sessions":[{"task":"a"}],"sessions":[]}', 400, "/sessions"],
  ["__proto__", '{"sessions":[{"task":"a","__proto__":{"x":1}}]}', 422, "/sessions/0/__proto__"],
  [
    "constructor.prototype",
    '{"sessions":[{"task":"a","constructor":{"prototype":{}}}]}',
    422,
    "/sessions/0/constructor/prototype",
  ],
  ["a negative time", { sessions: [good], timeout: -1 }, 422, "/timeout"],
];

function toRefusals(): Refusal[] {
  return [
    ...wrongSessions.map(([name, session, status, code, pointer]) => ({
      name,
      call: { body: { sessions: [good, session], cwd: stage.workspace } },
      status,
      code,
      pointer: `/sessions/1${pointer}`,
    })),
    ...wrongBodies.map(([name, body, status, pointer]) => ({
      name,
      call: { method: "POST", body },
      status,
      code: "invalid-request",
      pointer,
    })),
  ];
}

test("a wrong body is refused with its code and the place, and a batch with one wrong session starts none", async () => {
  for (const { name, call, status, code, pointer } of toRefusals()) {
    const answer = await stage.rest(path, call);
    expect(answer.headers["content-type"], name).toBe("application/problem+json");
    const problem = answer.json<ProblemSeen>();
    const seen = { name, status: answer.status, code: problem.code, pointer: problem.pointer };
    expect(seen).toEqual({ name, status, code, pointer });
    expect(problem.detail, name).not.toBe("");
  }
  expect(await stage.sessions()).toEqual([]);
});

test("a refusal of a wrong body says what to do next", async () => {
  const silent: string[] = [];
  for (const { name, call } of toRefusals()) {
    const { detail, hint } = (await stage.rest(path, call)).json<ProblemSeen>();
    if (!hint) silent.push(`${name}: ${detail}`);
  }
  expect(silent).toEqual([]);
});

test("bodies that are too large, too deep or not UTF-8 are refused before they can hurt", async () => {
  const large = await stage.rest(path, { body: { sessions: [{ task: "x".repeat(2 * 1024 * 1024) }] } });
  expect([large.status, large.json<ProblemSeen>().code]).toEqual([413, "body-too-large"]);
  const chunked = await stage.shell(
    `head -c 2097152 /dev/zero | tr '\\0' x | curl -s -o /dev/null -w '%{http_code}' -X POST ${stage.url()}${path} ` +
      `-H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @-`,
  );
  expect(chunked.stdout).toBe("413");
  const deep = `{"sessions":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
  const nested = await stage.rest(path, { method: "POST", body: deep });
  expect([nested.status, nested.json<ProblemSeen>().code]).toEqual([422, "invalid-request"]);
  const latin = await stage.shell(
    `printf '{"sessions":[{"task":"caf\\351"}]}' | curl -s -o /dev/null -w '%{http_code}' -X POST ${stage.url()}${path} ` +
      `-H 'Content-Type: application/json' --data-binary @-`,
  );
  expect(latin.stdout).toBe("400");
});

test("before anyone is asked who they are: a foreign Host 421, a foreign Origin 403, a write that is not JSON 415", async () => {
  const body = { sessions: [good] };
  const json = JSON.stringify(body);
  const doors: [RestCall, number, string][] = [
    [{ body, headers: { host: "evil.example" } }, 421, "host-refused"],
    [{ body, headers: { host: "localhost.evil.example:3000" } }, 421, "host-refused"],
    [{ headers: { host: "evil.example" } }, 421, "host-refused"],
    [{ body, headers: { origin: "https://evil.example" } }, 403, "origin-refused"],
    [{ body, headers: { origin: "null" } }, 403, "origin-refused"],
    [{ headers: { origin: "https://evil.example" } }, 403, "origin-refused"],
    [{ body: json, headers: { "content-type": "text/plain" } }, 415, "unsupported-media-type"],
    [
      { body: json, headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "unsupported-media-type",
    ],
    [
      { body: json, headers: { "content-type": "application/json; charset=utf-16" } },
      415,
      "unsupported-media-type",
    ],
  ];
  for (const [call, status, code] of doors) {
    for (const token of [undefined, stage.token()]) {
      const answer = await stage.rest(path, { ...call, ...(token === undefined ? {} : { token }) });
      expect([answer.status, answer.json<ProblemSeen>().code], JSON.stringify(call.headers)).toEqual([
        status,
        code,
      ]);
      expect(answer.json<ProblemSeen>().hint).toBeTruthy();
    }
  }
  expect(await stage.sessions()).toEqual([]);
});

test("an id that matches nothing is 404, a malformed one too, on every path that takes one", async () => {
  const ids = [
    "ffffffff-ffff-4fff-8fff-ffffffffffff",
    "zzz",
    "..%2f..%2fetc",
    "'%20OR%201=1--",
    "%00",
    "a".repeat(5_000),
    "%E0%A4%A",
  ];
  for (const id of ids) {
    const reads = [
      `${path}/${id}`,
      `${path}/${id}/events`,
      `${path}/${id}/result`,
      `${path}/${id}/tree`,
      `/api/batches/${id}`,
      `/api/batches/${id}/wait?timeout_ms=0`,
    ];
    const answers = await Promise.all([
      ...reads.map((read) => stage.rest(read)),
      stage.rest(`${path}/${id}/cancel`, { body: {} }),
      stage.rest(`/api/batches/${id}/cancel`, { body: {} }),
      stage.rest(`${path}/${id}/events`, { headers: { accept: "text/event-stream" } }),
    ]);
    for (const answer of answers) expect([id.slice(0, 40), answer.status]).toEqual([id.slice(0, 40), 404]);
    for (const answer of answers) expect(answer.json<ProblemSeen>().code).toBe("not-found");
  }
});

test("queries that make no sense are 422 and name the parameter", async () => {
  const { sessions } = await stage.spawn({ sessions: [good] });
  const [session] = await stage.untilEnded(sessions.map(({ id }) => id));
  const own = `${path}/${session?.id}`;
  const queries: [string, string][] = [
    [`${path}?status=bogus`, "status"],
    [`${path}?limit=0`, "limit"],
    [`${path}?limit=1001`, "limit"],
    [`${path}?limit=many`, "limit"],
    [`${path}?label=novalue`, "label"],
    [`${path}?colour=red`, "colour"],
    [`${own}/events?after=-1`, "after"],
    [`/api/batches/${session?.batch_id}/wait?timeout_ms=60000`, "timeout_ms"],
    ["/api/cost?from=yesterday", "from"],
    ["/api/cost?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"],
    ["/api/cost?group_by=colour", "group_by"],
  ];
  for (const [query, name] of queries) {
    const answer = await stage.rest(query);
    const { code, pointer = "" } = answer.json<ProblemSeen>();
    expect([query, answer.status, code]).toEqual([query, 422, "invalid-request"]);
    expect(pointer, query).toContain(name);
  }
  const page = await stage.rest(`${path}?cursor=garbage`);
  expect([page.status, page.json<ProblemSeen>().pointer]).toEqual([422, "cursor"]);
  const resumed = await stage.rest(`${own}/events`, { headers: { "last-event-id": "first" } });
  expect(resumed.status).toBe(422);
  const ended = await stage.rest(`${own}/cancel`, { body: {} });
  expect([ended.status, ended.json<ProblemSeen>().code]).toEqual([409, "session-ended"]);
});

test("an ambiguous start of an id is 409 and lists the candidates; a unique one is enough", async () => {
  const { sessions } = await stage.spawn({ sessions: Array.from({ length: 17 }, () => good) });
  const ids = sessions.map(({ id }) => id);
  await stage.untilEnded(ids);
  // Sixteen digits and seventeen ids: two begin alike.
  const digit = ids.map((id) => id[0] ?? "").find((first, index, all) => all.indexOf(first) !== index) ?? "";
  const answer = await stage.rest(`${path}/${digit}`);
  expect([answer.status, answer.json<ProblemSeen>().code]).toEqual([409, "ambiguous-id"]);
  const candidates = ids.filter((id) => id.startsWith(digit)).slice(0, 2);
  for (const id of candidates) expect(answer.json<ProblemSeen>().detail).toContain(id.slice(0, 8));
  expect((await stage.rest(`${path}/${ids[0]?.slice(0, 13)}`)).status).toBe(200);
});

test("wrong paths and methods are named, parents that are not there refused", async () => {
  const method = await stage.rest(path, { method: "PUT", body: {} });
  expect([method.status, method.headers.allow]).toEqual([405, expect.stringContaining("POST")]);
  const nowhere = await stage.rest("/api/agent/sessions");
  expect([nowhere.status, nowhere.json<ProblemSeen>().code]).toEqual([404, "not-found"]);
  const orphan = await stage.rest(path, { body: { sessions: [good], parent: "ffffffff" } });
  expect(orphan.status).toBe(404);
  const [ended] = await stage.sessions();
  const late = await stage.rest(path, { body: { sessions: [good], parent: ended?.id } });
  expect([late.status, late.json<ProblemSeen>().code]).toEqual([409, "session-ended"]);
});

test("an idempotency key answers the same again, and refuses another body", async () => {
  const before = (await stage.sessions()).length;
  const call = { body: { sessions: [good] }, headers: { "idempotency-key": "once" } };
  const [first, second] = [await stage.rest(path, call), await stage.rest(path, call)];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.json<{ batch_id: string }>().batch_id).toBe(first.json<{ batch_id: string }>().batch_id);
  const other = await stage.rest(path, { ...call, body: { sessions: [{ task: "other" }] } });
  expect([other.status, other.json<ProblemSeen>().code]).toEqual([422, "idempotency-key-reused"]);
  expect(await stage.sessions()).toHaveLength(before + 1);
});

test("after all of that it is the same daemon, and its log knows of no bug", async () => {
  expect((await stage.rest("/healthz")).status).toBe(200);
  expect(stage.discovery().pid).toBe(daemonPid);
  expect(readFileSync(join(stage.state, "logs/daemon.log"), "utf8")).not.toMatch(/error [0-9a-f-]{36}:/);
});
