import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

/** `serve` until a session has ended there and told so; all that it wrote to stderr. */
async function serveOne(stage: Stage, env: Record<string, string>): Promise<string> {
  const served = stage.start(["serve", "--port", "0"], { env });
  await until(
    () => stage.run(["status"], { env: { PROFCLAW_NO_AUTOSTART: "1" } }),
    ({ exitCode }) => exitCode === 0,
    10_000,
  );
  await stage.spawn({ sessions: [{ task: "x" }] });
  await served.says(/ended: completed/, "stderr");
  served.kill("SIGTERM");
  const { exitCode, stderr } = await served.ended;
  expect(exitCode).toBe(0);
  return stderr;
}

test("serve tells a terminal in words what sessions live through", async () => {
  await using stage = await createStage();
  const said = await serveOne(stage, {});
  expect(said).toMatch(/^\S+Z info {2}session [0-9a-f]{8}: ended: completed$/m);
  expect(said).toContain("serves http://127.0.0.1:");
  expect(said).not.toContain('{"level"');
});

test("PROFCLAW_LOG_FORMAT=json serve writes JSON and nothing else", async () => {
  await using stage = await createStage();
  const said = await serveOne(stage, { PROFCLAW_LOG_FORMAT: "json" });
  const lines = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string; session_id?: string });
  expect(lines.map(({ msg }) => msg).join("\n")).toMatch(/ready, pid \d+[^]*ended: completed/);
  expect(lines.find(({ msg }) => msg === "ended: completed")?.session_id).toMatch(/^[0-9a-f-]{36}$/);
});

test("the log of a daemon that was killed and brought back is JSON from its first line to its last", async () => {
  await using stage = await createStage();
  await stage.run(["up"]);
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  const lines = readFileSync(join(stage.state, "logs/daemon.log"), "utf8").trim().split("\n");
  const told = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(told.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^ready/),
    expect.stringMatching(/^supervisor: the daemon crashed \(SIGKILL\)/),
    expect.stringMatching(/^ready/),
  ]);
  expect(told[1]?.level).toBe("error");
});

test("a wrong word for a log setting is refused with the words there are, by serve and by a command", async () => {
  await using stage = await createStage();
  for (const args of [["serve", "--port", "0"], ["up"]]) {
    const { exitCode, stderr } = await stage.run(args, { env: { PROFCLAW_LOG_LEVEL: "loud" } });
    expect([args[0], exitCode]).toEqual([args[0], 3]);
    expect(stderr).toContain('PROFCLAW_LOG_LEVEL is "loud"; it must be debug or info or warn or error.');
  }
});
