import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isAnswering } from "../../../src/cli/daemon-door.ts";
import { startDaemon } from "../../../src/cli/daemon-start.ts";
import { createCapturedContext } from "./captured-context.ts";

/** A folder, and a program to start in the daemon's place. */
function prepare(program: string) {
  const { context } = createCapturedContext({ PATH: "/usr/bin:/bin" });
  const { env, cwd, paths } = context;
  const supervisor = join(paths.home, "program.mjs");
  writeFileSync(supervisor, program);
  return { env, cwd, paths, supervisor };
}

const listens = `
  import { appendFileSync, writeFileSync } from "node:fs";
  import { createServer } from "node:http";
  const home = process.env.PROFCLAW_HOME;
  appendFileSync(home + "/pids", process.pid + "\\n");
  writeFileSync(home + "/daemon.json", JSON.stringify({ pid: process.pid }));
  setTimeout(() => createServer((_, answer) => answer.end()).listen(home + "/daemon.sock"), 100);
`;

test("many that start at once start one", async () => {
  const start = prepare(listens);
  const pidsPath = join(start.paths.home, "pids");
  await Promise.all(Array.from({ length: 20 }, () => startDaemon(start)));
  const pids = readFileSync(pidsPath, "utf8").trim().split("\n").map(Number);
  onTestFinished(() => pids.forEach((pid) => process.kill(pid)));
  expect(pids).toHaveLength(1);
  expect(await isAnswering(start.paths)).toBe(true);
  expect(existsSync(join(start.paths.home, "starting"))).toBe(false);
});

test("one that answers and has not said where it is yet is waited for", async () => {
  const start = prepare(`
    import { appendFileSync, writeFileSync } from "node:fs";
    import { createServer } from "node:http";
    const home = process.env.PROFCLAW_HOME;
    appendFileSync(home + "/pids", process.pid + "\\n");
    const server = createServer((_, answer) => answer.end());
    server.listen(home + "/daemon.sock", () => setTimeout(() => writeFileSync(home + "/daemon.json", JSON.stringify({ pid: process.pid })), 400));
  `);
  // That of one that was killed is no sign of this one: it names another port.
  writeFileSync(start.paths.discovery, JSON.stringify({ pid: 99_999_999, port: 1 }));
  await startDaemon(start);
  const pids = readFileSync(join(start.paths.home, "pids"), "utf8").trim().split("\n").map(Number);
  onTestFinished(() => pids.forEach((pid) => process.kill(pid)));
  expect(JSON.parse(readFileSync(start.paths.discovery, "utf8"))).toEqual({ pid: pids[0] });
});

test("the turn of one that died is taken over", async () => {
  const start = prepare(listens);
  // No process has this id: Linux ends at 4,194,304.
  writeFileSync(join(start.paths.home, "starting"), "99999999");
  await startDaemon(start);
  const pids = readFileSync(join(start.paths.home, "pids"), "utf8").trim().split("\n").map(Number);
  onTestFinished(() => pids.forEach((pid) => process.kill(pid)));
  expect(pids).toHaveLength(1);
});

test("a daemon that fails is told with the end of its log", async () => {
  const start = prepare('console.error("the disk is on fire"); process.exitCode = 1;');
  await expect(startDaemon(start)).rejects.toMatchObject({
    code: "daemon-unreachable",
    hint: expect.stringContaining("the disk is on fire"),
  });
});

test("a wrong setting is told as what it is", async () => {
  const said = 'profclaw: POOL_MAX_CONCURRENT is \\"abc\\".\\nexport POOL_MAX_CONCURRENT=25';
  const start = prepare(`console.error("${said}"); process.exitCode = 3;`);
  mkdirSync(start.paths.logs, { recursive: true });
  writeFileSync(start.paths.daemonLog, "profclaw: an older trouble\n");
  await expect(startDaemon(start)).rejects.toMatchObject({
    code: "config-invalid",
    message: 'POOL_MAX_CONCURRENT is "abc".',
    hint: "export POOL_MAX_CONCURRENT=25",
  });
});

test("one that never answers is given up", async () => {
  const start = prepare("setTimeout(() => undefined, 1_500);");
  await expect(startDaemon({ ...start, withinMs: 300 })).rejects.toMatchObject({
    code: "daemon-unreachable",
  });
});

test("a lock that a dying daemon lets go of a little later is tried again", async () => {
  // The first two end as a supervisor does whose daemon found the lock held.
  const start = prepare(`
    import { existsSync, readFileSync, writeFileSync } from "node:fs";
    const tries = process.env.PROFCLAW_HOME + "/tries";
    const tried = existsSync(tries) ? readFileSync(tries, "utf8").length : 0;
    writeFileSync(tries, "x".repeat(tried + 1));
    if (tried === 2) { ${listens.replaceAll(/import \{ (.*) \} from "(.*)";/g, 'const { $1 } = await import("$2");')} }
  `);
  await startDaemon(start);
  const pids = readFileSync(join(start.paths.home, "pids"), "utf8").trim().split("\n").map(Number);
  onTestFinished(() => pids.forEach((pid) => process.kill(pid)));
  expect(pids).toHaveLength(1);
});

test("one that keeps the lock and takes no connections is told of, with what to type", async () => {
  const start = prepare("process.exitCode = 0;");
  await expect(startDaemon({ ...start, withinMs: 500 })).rejects.toMatchObject({
    code: "daemon-unreachable",
    message: expect.stringContaining(`holds ${start.paths.home} and takes no connections`),
    hint: expect.stringContaining("PROFCLAW_TAKEOVER=1 profclaw serve"),
  });
});

test.each([
  ["never answers", () => undefined, "takes connections and has not answered for 0.3 s"],
  ["answers something else", (end: () => void) => end(), "does not answer as profclaw does"],
])("a socket on which another program %s is told of, and nothing is started", async (_, react, text) => {
  const start = prepare(listens);
  const server = createServer((socket) => react(() => socket.end("SSH-2.0-OpenSSH_9.9\r\n")));
  await new Promise<void>((resolve) => server.listen(start.paths.socket, resolve));
  onTestFinished(() => void server.close());
  await expect(startDaemon({ ...start, withinMs: 300 })).rejects.toMatchObject({
    code: "daemon-unreachable",
    message: `What listens at ${start.paths.socket} ${text}.`,
    hint: expect.stringContaining("PROFCLAW_TAKEOVER=1 profclaw serve"),
  });
  expect(existsSync(join(start.paths.home, "pids"))).toBe(false);
});
