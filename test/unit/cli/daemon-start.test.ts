import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isAnswering, startDaemon } from "../../../src/cli/daemon-start.ts";
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
  import { appendFileSync } from "node:fs";
  import { createServer } from "node:net";
  const home = process.env.PROFCLAW_HOME;
  appendFileSync(home + "/pids", process.pid + "\\n");
  setTimeout(() => createServer((socket) => socket.end()).listen(home + "/daemon.sock"), 100);
`;

test("many that start at once start one", async () => {
  const start = prepare(listens);
  const pidsPath = join(start.paths.home, "pids");
  await Promise.all(Array.from({ length: 20 }, () => startDaemon(start)));
  const pids = readFileSync(pidsPath, "utf8").trim().split("\n").map(Number);
  onTestFinished(() => pids.forEach((pid) => process.kill(pid)));
  expect(pids).toHaveLength(1);
  expect(await isAnswering(start.paths.socket)).toBe(true);
  expect(existsSync(join(start.paths.home, "starting"))).toBe(false);
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
