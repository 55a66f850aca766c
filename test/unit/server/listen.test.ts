import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createSocketServer } from "node:net";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listenTcp, listenUnix } from "../../../src/server/listen.ts";
import { echoHandlers, echoStreams, send, startTestServer, toToken } from "./server-fixture.ts";
import { smallTable } from "./small-table.ts";

const echo = { operations: smallTable, handlers: echoHandlers(smallTable), streams: echoStreams(smallTable) };
const both = ["127.0.0.1", "::1"];
const newSocketPath = () => join(mkdtempSync(join(tmpdir(), "sock-")), "daemon.sock");

test("a server has one port on both loopback addresses, and a socket that only its user can open", async () => {
  const server = await startTestServer(echo);
  expect(server.urls).toContain(`http://127.0.0.1:${server.port}`);
  for (const url of server.urls) expect(new URL(url).port).toBe(String(server.port));
  expect(statSync(server.socketPath).mode & 0o777).toBe(0o600);
  expect((await send(server, { path: "/healthz", via: "unix" })).json).toEqual({
    status: "ok",
    version: "0.0.0-test",
  });
});

test("a taken port fails and names who has it", async () => {
  const { port } = await startTestServer(echo);
  const listen = { port, hosts: both, fallbackToFreePort: false };
  const failed = startTestServer({ ...echo, listen });
  await expect(failed).rejects.toMatchObject({ code: "port-taken" });
  await expect(failed).rejects.toThrow(
    new RegExp(`^Port ${port} is taken by .*\\(pid ${process.pid}\\)\\.$`),
  );
});

test("with the fallback a taken port is replaced by a free one", async () => {
  const taken = await startTestServer(echo);
  const listen = { port: taken.port, hosts: both, fallbackToFreePort: true };
  const server = await startTestServer({ ...echo, listen });
  expect(server.port).not.toBe(taken.port);
  expect((await send(server, { path: "/healthz" })).status).toBe(200);
});

test("a port that is taken on ::1 alone counts as taken, since localhost may mean either", async ({
  skip,
}) => {
  const other = createSocketServer();
  other.listen({ port: 0, host: "::1" });
  const [error] = await Promise.race([once(other, "listening"), once(other, "error")]);
  if (error !== undefined) skip("this machine has no ::1");
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const listening = listenTcp(
    { port, hosts: both, fallbackToFreePort: false },
    () => createServer(),
    "/proc",
  );
  await expect(listening).rejects.toMatchObject({ code: "port-taken" });
});

test("a second address that this machine does not have is left out; a first one is an error", async () => {
  const absent = "2001:db8::1";
  const listen = { port: 0, fallbackToFreePort: false };
  const server = await startTestServer({ ...echo, listen: { ...listen, hosts: ["127.0.0.1", absent] } });
  expect(server.urls).toHaveLength(1);
  const failed = startTestServer({ ...echo, listen: { ...listen, hosts: [absent] } });
  await expect(failed).rejects.toMatchObject({ code: "config-invalid" });
});

test("the socket of a dead daemon is replaced, that of a living one and a plain file are left alone", async () => {
  const dead = newSocketPath();
  const script = `require("node:net").createServer().listen(${JSON.stringify(dead)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(statSync(dead).isSocket()).toBe(true);
  const server = await listenUnix(dead, () => createServer());
  onTestFinished(() => void server.close());
  await expect(listenUnix(dead, () => createServer())).rejects.toMatchObject({ code: "port-taken" });
  const plain = newSocketPath();
  writeFileSync(plain, "precious");
  await expect(listenUnix(plain, () => createServer())).rejects.toMatchObject({ code: "config-invalid" });
});

test("a server without a socket, and one without a token", async () => {
  const server = await startTestServer({ ...echo, socketPath: null });
  expect((await send(server, { path: "/readyz" })).json).toEqual({ status: "ready", reason: null });
  await expect(startTestServer({ ...echo, adminToken: toToken("") })).rejects.toMatchObject({
    code: "config-invalid",
  });
});

test("a daemon that is not ready says why", async () => {
  const server = await startTestServer({ ...echo, health: () => ({ ready: false, reason: "recovering" }) });
  const answer = await send(server, { path: "/readyz" });
  expect([answer.status, answer.json]).toEqual([503, { status: "not-ready", reason: "recovering" }]);
});

test("a request on an open connection is told that the daemon is stopping", async () => {
  const server = await startTestServer(echo);
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = server.close(2_000);
  socket.write(`\r\n`);
  const [answer] = await once(socket, "data");
  expect(String(answer)).toContain("HTTP/1.1 503");
  socket.destroy();
  await closed;
});
