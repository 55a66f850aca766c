import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { toBestMs } from "../support/best-of.ts";
import {
  adminToken,
  echoHandlers,
  echoStreams,
  send,
  startTestServer,
  type TestServer,
} from "../unit/server/server-fixture.ts";
import { smallTable } from "../unit/server/small-table.ts";

const run = promisify(execFile);
const echo = { operations: smallTable, handlers: echoHandlers(smallTable), streams: echoStreams(smallTable) };
const sessionId = "0b9f6a3e-3c5e-4d1e-9a56-9a1f8c3d2e10";
const close = { method: "POST", path: "/api/notes/abc/close" };

/** Knows one session's token. */
const sessionOfToken = async (token: string) => (token === "session-token" ? sessionId : null);

/** A shell that posts with curl; `start` says how curl is started. */
async function postFromShell(port: number, start: string, env: Record<string, string>): Promise<unknown> {
  const url = `http://127.0.0.1:${port}${close.path}`;
  const script = `${start} curl -s -X POST -H 'Content-Type: application/json' ${url}; true`;
  const { stdout } = await run("sh", ["-c", script], {
    env: { PATH: "/usr/bin:/bin", ...env },
    timeout: 10_000,
  });
  return JSON.parse(stdout).caller;
}

describe("who a tokenless process is", () => {
  test("a process of our user is local", async () => {
    const server = await startTestServer(echo);
    expect(await postFromShell(server.port, "", {})).toEqual({ kind: "local" });
  });

  test.each([
    ["a process with a session's marker", "", { PROFCLAW_SESSION_ID: sessionId }],
    ["a descendant that cleared its environment", "env -i", { PROFCLAW_SESSION_ID: sessionId }],
    [
      "one that writes another session's marker",
      "env PROFCLAW_SESSION_ID=other",
      { PROFCLAW_SESSION_ID: sessionId },
    ],
    [
      "one under a shell with an empty marker",
      "env PROFCLAW_SESSION_ID=",
      { PROFCLAW_SESSION_ID: sessionId },
    ],
  ])("%s acts as that session", async (_, start, env) => {
    const server = await startTestServer(echo);
    expect(await postFromShell(server.port, start, env)).toEqual({ kind: "session", sessionId });
  });

  test("a session has no admin's right", async () => {
    const table = { ...smallTable, closeNote: { ...smallTable.closeNote, access: "admin" as const } };
    const server = await startTestServer({ ...echo, operations: table });
    const { stdout } = await run(
      "curl",
      ["-s", "-X", "POST", "-H", "Content-Type: application/json", `${server.urls[0]}${close.path}`],
      { env: { PATH: "/usr/bin:/bin", PROFCLAW_SESSION_ID: sessionId } },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      status: 401,
      hint: expect.stringContaining("Authorization: Bearer"),
    });
  });

  test("a program that reaches 127.0.0.1 through an IPv6 socket is found too", async () => {
    const server = await startTestServer(echo);
    const socket = connect({ host: "::ffff:127.0.0.1", port: server.port });
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(await text(socket)).toContain("HTTP/1.1 200");
  });

  test("a caller that has half-closed its connection is not taken", async () => {
    const server = await startTestServer(echo);
    const socket = connect(server.port, "127.0.0.1");
    socket.end("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(await text(socket)).toMatch(/HTTP\/1\.1 401|^$/);
  });

  test("where there is no /proc everybody needs the token, and the answer shows the header", async () => {
    const server = await startTestServer({ ...echo, procFolder: mkdtempSync(join(tmpdir(), "no-proc-")) });
    const refused = await send(server, close);
    expect(refused.json).toMatchObject({ status: 401, code: "unauthorized" });
    expect(refused.json["hint"]).toContain("Authorization: Bearer");
    const headers = { authorization: `Bearer ${adminToken}` };
    expect((await send(server, { ...close, headers })).status).toBe(200);
    expect((await send(server, { ...close, via: "unix" })).status).toBe(200);
  });

  test("bound to more than loopback, a local process needs the token too", async () => {
    const listen = { port: 0, hosts: ["0.0.0.0"], fallbackToFreePort: false };
    const server = await startTestServer({ ...echo, listen });
    expect((await send(server, close)).json).toMatchObject({ status: 401 });
    const headers = { authorization: `Bearer ${adminToken}` };
    expect((await send(server, { ...close, headers })).json["caller"]).toEqual({ kind: "admin" });
  });

  test("a token that was given to a session acts as it, on TCP and on the socket", async () => {
    const server = await startTestServer({ ...echo, sessionOfToken });
    const headers = { authorization: "Bearer session-token" };
    for (const via of ["tcp", "unix"] as const) {
      expect((await send(server, { ...close, headers, via })).json["caller"]).toEqual({
        kind: "session",
        sessionId,
      });
    }
  });
});

test("the check before a commit holds while the caller is connected, and refuses once it is gone", async () => {
  const seen: string[] = [];
  const client = new AbortController();
  const server = await startTestServer({
    ...echo,
    handlers: {
      ...echo.handlers,
      closeNote: async (input, context) => {
        await context.recheckCaller();
        seen.push("connected");
        client.abort();
        await once(context.signal, "abort");
        await context.recheckCaller().catch((error: Error) => seen.push(error.message));
        return { input };
      },
    },
  });
  const headers = { "content-type": "application/json" };
  const sent = fetch(`${server.urls[0]}${close.path}`, { method: "POST", headers, signal: client.signal });
  await expect(sent).rejects.toThrow("aborted");
  await expect
    .poll(() => seen, { timeout: 5_000 })
    .toEqual(["connected", expect.stringContaining("still connected")]);
});

/** The 95th percentile of so many POSTs, each on a connection of its own, in ms. */
async function measurePosts(server: TestServer, count: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const startedAt = performance.now();
    expect((await send(server, close)).status).toBe(200);
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(count * 0.95)] ?? Infinity;
}

test("POST stays under 50 ms at p95 for a new connection each time", async () => {
  const server = await startTestServer(echo);
  expect(await toBestMs(50, () => measurePosts(server, 60))).toBeLessThan(50);
});
