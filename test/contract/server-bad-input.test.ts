import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { operations } from "../../src/contract/operations.ts";
import { ProfclawError } from "../../src/core/errors.ts";
import { echoHandlers, echoStreams, send, startTestServer } from "../unit/server/server-fixture.ts";
import { smallTable } from "../unit/server/small-table.ts";

const echo = { operations: smallTable, handlers: echoHandlers(smallTable), streams: echoStreams(smallTable) };
const post = (body: string | Buffer, headers: Record<string, string> = {}) => ({
  method: "POST",
  path: "/api/notes",
  headers: { "content-type": "application/json", ...headers },
  body,
});
const note = (fields: string) => `{"notes":[{"task":"a",${fields}}]}`;
const nested = (depth: number) =>
  `{"notes":[{"task":"a"}],"schema":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;

/** What it is, the body, and the problem's status, pointer and words. */
const wrongBodies: [string, string | Buffer, number, string, string][] = [
  ["no JSON", "hello", 400, "", "line 1, column 1 (position 0)"],
  ["JSON that breaks off", '{"notes":[{"task":\n"a"', 400, "/notes/0/task", "line 2, column 4"],
  ["a comma too many", '{"notes":[],}', 400, "", 'found "}" where a key'],
  ["text behind the end", "{} x", 400, "", 'found "x" where the end'],
  ["single quotes", "{'notes':1}", 400, "", "a key in double quotes"],
  ["a number that is none", '{"notes":01}', 400, "/notes", '"," or "}"'],
  ["a raw line break in a text", '{"notes":"a\nb"}', 400, "/notes", "control characters"],
  ["an escape that is none", String.raw`{"notes":"\x"}`, 400, "/notes", "escape"],
  ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), 400, "", "not UTF-8"],
  ["a key given twice", note('"effort":"low","effort":"high"'), 400, "/notes/0/effort", "given twice"],
  ["a key given twice by escape", String.raw`{"notes":[],"n\u006ftes":[]}`, 400, "/notes", "given twice"],
  ["5,000 levels", nested(5_000), 422, `/schema${"/a".repeat(63)}`, "deeper than 64"],
  ["65 levels", nested(64), 422, `/schema${"/a".repeat(63)}`, "deeper than 64"],
  ["5,000 open brackets", "[".repeat(5_000), 422, "/0".repeat(64), "deeper than 64"],
  ["__proto__", '{"__proto__":{"a":1}}', 422, "/__proto__", "never accepted"],
  ["__proto__ deep down", note('"labels":{"__proto__":"x"}'), 422, "/notes/0/labels/__proto__", "never"],
  ["__proto__ by escape", String.raw`{"\u005f_proto__":1}`, 422, "/__proto__", "never accepted"],
  ["constructor.prototype", '{"constructor":{"prototype":{}}}', 422, "/constructor/prototype", "never"],
  ["an array", "[]", 422, "", "not an array"],
  ["null", "null", 422, "", "not null"],
  ["a text", '"x"', 422, "", "not a string"],
  ["nothing", "", 422, "/notes", "notes is missing"],
  ["an unknown key", '{"notes":[{"taks":"a"}]}', 422, "/notes/0/taks", 'did you mean "task"?'],
  ["an unknown key far from all", note('"zzzzzzzz":1'), 422, "/notes/0/zzzzzzzz", 'unknown key "zzzzzzzz"'],
  ["a key with a slash", note('"a/b~c":1'), 422, "/notes/0/a~1b~0c", "a/b~c"],
  ["an empty task", '{"notes":[{"task":"  "}]}', 422, "/notes/0/task", "must not be empty"],
  ["no task", '{"notes":[{}]}', 422, "/notes/0/task", "notes[0].task is missing; a string is expected"],
  ["a task that is no text", '{"notes":[{"task":5}]}', 422, "/notes/0/task", "a string, not a number"],
  ["no notes", '{"notes":[]}', 422, "/notes", "at least 1 item"],
  [
    "too many notes",
    `{"notes":[${'{"task":"a"},'.repeat(3)}{"task":"a"}]}`,
    422,
    "/notes",
    "at most 3 items",
  ],
  ["a name off the list", note('"effort":"hihg"'), 422, "/notes/0/effort", 'did you mean "high"?'],
  ["a number too small", note('"max_turns":0'), 422, "/notes/0/max_turns", "at least 1, not 0"],
  ["a number with a fraction", note('"max_turns":1.5'), 422, "/notes/0/max_turns", "a whole number, not 1.5"],
  ["a number too large to be one", note('"max_turns":1e999'), 422, "/notes/0/max_turns", "max_turns must be"],
  ["a label with a bad name", note('"labels":{"a b":"x"}'), 422, "/notes/0/labels/a b", "not a name"],
  ["a time that is none", '{"notes":[{"task":"a"}],"at":"today"}', 422, "/at", "RFC 3339"],
];

describe("a body that is wrong is refused with the place and the reason", () => {
  test.for(wrongBodies)("%s", async ([, body, status, pointer, words]) => {
    const server = await startTestServer(echo);
    const answer = await send(server, post(body));
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json).toMatchObject({
      type: "urn:profclaw:problem:invalid-request",
      code: "invalid-request",
      title: "The request does not have the right shape",
      status,
    });
    expect(answer.status).toBe(status);
    expect(answer.json["detail"]).toContain(words);
    expect(answer.json["pointer"] ?? "").toBe(pointer);
    expect(server.faults).toEqual([]);
  });

  test("64 levels are taken", async () => {
    const server = await startTestServer(echo);
    expect((await send(server, post(nested(63)))).status).toBe(202);
  });

  test("the first fault is the detail, an unknown key before what it left missing; the rest are errors", async () => {
    const server = await startTestServer(echo);
    const answer = await send(server, post('{"notes":[{"taks":"a","effort":"x"}]}'));
    expect(Object.keys(answer.json)).toEqual("type title status code detail pointer hint errors".split(" "));
    expect(answer.json["detail"]).toBe('unknown key "taks"; did you mean "task"?');
    expect(answer.json["hint"]).toBe("Known keys: task, effort, max_turns, labels.");
    expect(answer.json["errors"]).toEqual([
      { detail: "notes[0].task is missing; a string is expected", pointer: "/notes/0/task" },
      { detail: 'notes[0].effort must be one of low, medium, high, not "x"', pointer: "/notes/0/effort" },
    ]);
  });

  test("a megabyte of unknown keys gets a short answer at once", async () => {
    const server = await startTestServer(echo);
    const keys = Array.from({ length: 60_000 }, (_, index) => `"key${index}":1`).join(",");
    const startedAt = performance.now();
    const answer = await send(server, post(`{${keys}}`));
    expect(answer.status).toBe(422);
    expect(answer.text.length).toBeLessThan(20_000);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test.each([{ "content-length": "2000000" }, { "transfer-encoding": "chunked" }])(
    "2 MB are refused and the answer arrives (%o)",
    async (headers) => {
      const server = await startTestServer(echo);
      const answer = await send(server, post(Buffer.alloc(2_000_000, "a"), headers));
      expect([answer.status, answer.json["code"]]).toEqual([413, "body-too-large"]);
    },
  );

  test("a declared size is refused before the body comes", async () => {
    const server = await startTestServer(echo);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(
      "POST /api/notes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\nConnection: close\r\n\r\n{",
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test.each(["/api/notes", "/nowhere", "/mcp"])(
    "%s is answered although its client writes on and reads the answer at last",
    async (path) => {
      const server = await startTestServer(echo);
      const socket = connect(server.port, "127.0.0.1");
      const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 6000000\r\nConnection: close\r\n\r\n`;
      socket.pause().write(head);
      await sleep(200);
      for (let sent = 0; sent < 6; sent += 1) {
        await new Promise((resolve, reject) => {
          socket.once("error", reject).write(Buffer.alloc(1_000_000, "a"), resolve);
        });
      }
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
    },
  );

  test("a packed body is refused", async () => {
    const server = await startTestServer(echo);
    expect((await send(server, post("{}", { "content-encoding": "gzip" }))).status).toBe(415);
  });
});

/** The URL, and the problem's status, pointer and words. */
const wrongUrls: [string, number, string | undefined, string][] = [
  ["/api/notes?stauts=open", 422, "stauts", 'did you mean "status"?'],
  ["/api/notes?status=open,gone", 422, "status", "status[1] must be one of open, done"],
  ["/api/notes?limit=0", 422, "limit", 'query parameter limit must be at least 1, not "0"'],
  ["/api/notes?limit=abc", 422, "limit", "must be a number"],
  ["/api/notes?limit=1&limit=2", 422, "limit", "given twice"],
  ["/api/notes?label=x", 422, "label", "must be key=value"],
  ["/api/notes?__proto__=1", 422, "__proto__", "unknown query parameter"],
  ["/api/notes/abc?id=other", 422, "id", "unknown query parameter"],
  ["/api/notez", 404, undefined, "no route GET /api/notez"],
  ["/api/v1/notez", 404, undefined, "no route"],
  ["/api/notes/", 404, undefined, "no route"],
  ["/api/notes/a/b/c", 404, undefined, "no route"],
  [`/${"a".repeat(9_000)}`, 404, undefined, "no route"],
  ["/a\\b", 400, undefined, "cannot be read"],
];

describe("a URL that is wrong is refused by name", () => {
  test.for(wrongUrls)("GET %s", async ([path, status, pointer, words]) => {
    const server = await startTestServer(echo);
    const answer = await send(server, { path });
    expect([answer.status, answer.json["pointer"]]).toEqual([status, pointer]);
    expect(answer.json["detail"]).toContain(words);
  });

  test("an unknown route names those near it", async () => {
    const server = await startTestServer(echo);
    expect((await send(server, { path: "/api/notez" })).json["hint"]).toBe(
      "Near it: POST /api/notes, GET /api/notes.",
    );
    expect((await send(server, { path: "/api/v1/notes/abc/clsoe" })).json["hint"]).toContain(
      "POST /api/v1/notes/{id}/close",
    );
  });

  test("lists come repeated or with commas; a label's comma is sent as %2C", async () => {
    const server = await startTestServer(echo);
    const { json } = await send(server, {
      path: "/api/notes?status=open&status=done%2Copen&label=a=1,b=x%2Cy+z",
    });
    expect(json["input"]).toEqual({
      status: ["open", "done", "open"],
      label: ["a=1", "b=x,y z"],
      limit: 10,
    });
  });

  test("an id is decoded, whatever is in it", async () => {
    const server = await startTestServer(echo);
    for (const [sent, id] of [
      ["%2F..%2Fetc", "/../etc"],
      ["%zz", "%zz"],
      ["%00", "\0"],
      ["a%20b", "a b"],
      ["__proto__", "__proto__"],
    ]) {
      expect((await send(server, { path: `/api/notes/${sent}` })).json["input"]).toEqual({ id });
    }
  });

  test("an id in the body cannot replace the one in the path", async () => {
    const server = await startTestServer(echo);
    const answer = await send(server, {
      method: "POST",
      path: "/api/notes/abc/close",
      body: '{"id":"other"}',
    });
    expect([answer.status, answer.json["pointer"]]).toEqual([422, "/id"]);
  });

  test("a known path with another method is 405 and says which it takes", async () => {
    const server = await startTestServer(echo);
    const answer = await send(server, { method: "DELETE", path: "/api/notes" });
    expect([answer.status, answer.json["code"]]).toEqual([405, "method-not-allowed"]);
    expect(answer.headers["allow"]).toBe("POST, GET, HEAD, OPTIONS");
  });

  test("OPTIONS says what a path takes and lets no other site in; HEAD has headers only", async () => {
    const server = await startTestServer(echo);
    const options = await send(server, { method: "OPTIONS", path: "/api/notes/x" });
    expect([options.status, options.headers["allow"]]).toEqual([204, "GET, HEAD, OPTIONS"]);
    expect(Object.keys(options.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const head = await send(server, {
      method: "HEAD",
      path: "/api/notes/x/events",
      headers: { accept: "text/event-stream" },
    });
    expect([head.status, head.text, head.headers["content-type"]]).toEqual([200, "", "application/json"]);
  });

  test("what is not HTTP gets a problem too", async () => {
    const server = await startTestServer(echo);
    for (const [sent, status] of [
      ["hello\r\n\r\n", 400],
      [`GET / HTTP/1.1\r\nHost: localhost\r\nA: ${"a".repeat(40_000)}\r\n\r\n`, 431],
      ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 421],
      ["GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 421],
      ["GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421],
    ] as const) {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(sent);
      const answer = await text(socket);
      expect(answer).toContain(`HTTP/1.1 ${status} `);
      expect(answer).toContain("application/problem+json");
    }
  });
});

const throwing = (thrown: unknown) => ({
  ...echo,
  handlers: { ...echo.handlers, getNote: () => Promise.reject(thrown) },
});

describe("what a handler throws", () => {
  test.each([
    ["unknown-provider", 400, { pointer: "/sessions/0/provider", hint: 'Did you mean "groq"?' }],
    ["unknown-tool", 400, { hint: "Known: grep." }],
    ["provider-key-missing", 400, {}],
    ["policy-denied", 403, {}],
    ["not-found", 404, {}],
    ["ambiguous-id", 409, { hint: "abc1, abc2" }],
    ["cwd-not-found", 422, { pointer: "/cwd" }],
    ["too-many", 429, {}],
    ["storage-full", 507, {}],
  ] as const)("%s is a problem with its status and advice", async (code, status, advice) => {
    const server = await startTestServer(throwing(new ProfclawError(code, "What is wrong.", advice)));
    const answer = await send(server, { path: "/api/notes/x" });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code, status, detail: "What is wrong.", ...advice });
    expect(server.faults).toEqual([]);
  });

  test.each([
    ["an error", new Error("secret sauce")],
    ["a text", "secret sauce"],
    ["nothing", undefined],
  ])("%s that is a bug is told to the log, and the client only its id", async (_, thrown) => {
    const server = await startTestServer(throwing(thrown));
    const answer = await send(server, { path: "/api/notes/x" });
    expect([answer.status, answer.json["code"]]).toEqual([500, "internal"]);
    expect(answer.text).not.toMatch(/secret|\.ts/);
    expect(server.faults).toEqual([{ errorId: answer.json["error_id"], error: thrown }]);
  });
});

test("the real table refuses over 1,000 sessions as a shape and takes the Idempotency-Key header", async () => {
  const table = { createSessions: operations.createSessions };
  const server = await startTestServer({ operations: table, handlers: echoHandlers(table), streams: {} });
  const spawn = (count: number, headers = {}) =>
    send(server, {
      path: "/api/agents/sessions",
      headers,
      body: `{"sessions":[${Array(count).fill('{"task":"a"}').join()}]}`,
    });
  expect((await spawn(1_001)).json).toMatchObject({ status: 422, pointer: "/sessions" });
  expect((await spawn(1_000)).status).toBe(202);
  expect((await spawn(1, { "idempotency-key": "k1" })).json["input"]).toMatchObject({
    idempotency_key: "k1",
  });
  const long = await spawn(1, { "idempotency-key": "k".repeat(201) });
  expect(long.json).toMatchObject({ status: 422, pointer: "Idempotency-Key" });
});
