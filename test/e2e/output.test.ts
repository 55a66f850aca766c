import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AcceptedBatchView } from "../../src/contract/session-operations.ts";
import type { BatchView, CostView, SessionListView, SessionView } from "../../src/contract/shapes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;
let ended: SessionView[];
let batchId: string;

function answer({ firstUserText: task }: ParsedRequest): Reply {
  if (task === "hang") return { hang: true };
  return task === "broken" ? { status: 401 } : { text: `The answer to ${task}.\nIn two lines.` };
}

beforeAll(async () => {
  stage = await createStage({ script: answer });
  await stage.run(["up"]);
  const accepted = await stage.spawn({
    sessions: [{ task: "alpha" }, { task: "broken" }, { task: "gamma", labels: { team: "blue" } }],
  });
  batchId = accepted.batch_id;
  ended = await stage.untilEnded(accepted.sessions.map(({ id }) => id));
});

afterAll(() => stage.close());

async function runJson<Value>(...args: string[]): Promise<Value> {
  const { stdout } = await stage.run([...args, "--json"]);
  return JSON.parse(stdout) as Value;
}

test("--json of show, result, sessions and cost is what REST answers, to the letter", async () => {
  const [first, failed] = ended.map(({ id }) => id);
  const list = "/api/agents/sessions";
  const pairs: [string[], string][] = [
    [["agent", "show", first ?? ""], `${list}/${first}`],
    [["agent", "show", (failed ?? "").slice(0, 8)], `${list}/${failed}`],
    [["agent", "result", first ?? ""], `${list}/${first}/result`],
    [["agent", "result", failed ?? ""], `${list}/${failed}/result`],
    [["agent", "sessions", "-a"], list],
    [["agent", "sessions", "-a", "--limit", "2"], `${list}?limit=2`],
    [["agent", "sessions", "--status", "failed"], `${list}?status=failed`],
    [["agent", "sessions", "-a", "--label", "team=blue"], `${list}?label=team%3Dblue`],
    [["agent", "sessions"], `${list}?status=queued,running,waiting`],
  ];
  await Promise.all(
    pairs.map(async ([args, path]) =>
      expect(await runJson(...args), path).toEqual((await stage.rest(path)).json()),
    ),
  );
  const [cost, report] = [await runJson<CostView>("cost"), (await stage.rest("/api/cost")).json<CostView>()];
  expect({ ...cost, to: "" }).toEqual({ ...report, to: "" });
});

test("--json of a waiting spawn is the batch with its sessions and synthesis", async () => {
  const { exitCode, stdout } = await stage.run([
    "agent",
    "spawn",
    "--json",
    "--task",
    "one",
    "--task",
    "two",
  ]);
  expect(exitCode).toBe(0);
  const { sessions, ...batch } = JSON.parse(stdout) as BatchView & { sessions: SessionView[] };
  expect(batch).toEqual((await stage.rest(`/api/batches/${batch.id}`)).json());
  expect(batch).toMatchObject({ status: "completed", synthesis: null, counts: { completed: 2, failed: 0 } });
  const listed = (await stage.rest(`/api/agents/sessions?batch=${batch.id}`)).json<SessionListView>();
  expect(sessions).toEqual(listed.sessions.toReversed());
});

test("-d prints the ids, one a line, and nothing else on stdout; with --json what was accepted", async () => {
  const detached = await stage.run(["agent", "spawn", "-d", "--task", "one", "--task", "two"]);
  const ids = detached.stdout.trimEnd().split("\n");
  const sessions = await stage.untilEnded(ids);
  expect(sessions.map(({ task }) => task)).toEqual(["one", "two"]);
  expect(detached.stderr).toContain("profclaw agent result");
  const accepted = await runJson<AcceptedBatchView>("agent", "spawn", "-d", "--task", "three");
  expect(Object.keys(accepted)).toEqual([
    "batch_id",
    "sessions",
    "warnings",
    "concurrency",
    "budget",
    "links",
  ]);
  expect(accepted.sessions).toMatchObject([{ task: "three", status: "queued" }]);
  await stage.untilEnded(accepted.sessions.map(({ id }) => id));
});

test("--dry-run says what would run and starts nothing", async () => {
  const before = [(await stage.sessions()).length, stage.model.requests.length];
  const end = await stage.run(["agent", "spawn", "--dry-run", "--count", "3", "--task", "imagine"]);
  expect([end.exitCode, end.stdout]).toEqual([0, "imagine\nimagine\nimagine\n"]);
  expect(end.stderr).toMatch(/3 sessions · anthropic\/claude-sonnet-4-6[\s\S]*Nothing was started\./);
  expect([(await stage.sessions()).length, stage.model.requests.length]).toEqual(before);
});

test("agent result of a batch prints every result in the order of the tasks, failures with their code", async () => {
  const { exitCode, stdout } = await stage.run(["agent", "result", batchId.slice(0, 8)]);
  expect(exitCode).toBe(1);
  const [alpha = "", broken = "", gamma = ""] = stdout.split("\n\n");
  expect(alpha).toMatch(/^== [0-9a-f]{8} {2}completed {2}alpha\nThe answer to alpha\.\nIn two lines\.$/);
  expect(broken).toMatch(/^== [0-9a-f]{8} {2}failed {2}broken\nauth: /);
  expect(gamma).toMatch(/^== [0-9a-f]{8} {2}completed {2}gamma\n/);
  const one = await stage.run(["agent", "result", ended[0]?.id ?? ""]);
  expect([one.exitCode, one.stdout]).toEqual([0, "The answer to alpha.\nIn two lines.\n"]);
});

test("agent wait is exit 124 when its time is over, and the sessions go on; --any is content with one", async () => {
  const { stdout } = await stage.run(["agent", "spawn", "-d", "--task", "hang", "--task", "quick"]);
  const [hanging = "", quick = ""] = stdout.trim().split("\n");
  const [over, any, batch] = await Promise.all([
    stage.run(["agent", "wait", hanging, "--timeout", "300ms"]),
    stage.run(["agent", "wait", "--any", hanging, quick]),
    stage.run(["agent", "wait", hanging, "--timeout", "300ms", "--json"]),
  ]);
  expect([over.exitCode, any.exitCode, batch.exitCode]).toEqual([124, 0, 124]);
  expect(over.stderr).toMatch(/The time is over: 1 running\. They go on/);
  expect(JSON.parse(batch.stdout)).toMatchObject({ status: "timeout", sessions: [{ id: hanging }] });
  const unready = await stage.run(["agent", "result", hanging]);
  expect([unready.exitCode, unready.stdout]).toEqual([1, ""]);
  expect((await stage.session(hanging)).status).toBe("running");
  const stopped = await stage.run(["agent", "stop", hanging]);
  expect(stopped.exitCode).toBe(0);
});

test("a reader that goes away is no error: | head -1 is quiet", async () => {
  await stage.spawn({ sessions: Array.from({ length: 60 }, () => ({ task: "x".repeat(4_000) })) });
  for (const command of [
    "agent sessions -a --limit 1000 --json",
    "agent sessions -a",
    "cost --by session",
    "doctor",
    "completion bash",
    "models list",
    "config explain",
    "agent spawn --help",
    "--help",
  ]) {
    const { exitCode, stdout, stderr } = await stage.shell(`profclaw ${command} | head -1`);
    expect([exitCode, stderr], command).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n"), command).toHaveLength(1);
  }
});

test("nothing is painted off a terminal, whatever the colour settings of the shell say", async () => {
  const env = { TERM: "xterm-256color", COLORTERM: "truecolor", CLICOLOR: "1" };
  const commands = [
    ["agent", "sessions", "-a"],
    ["agent", "show", ended[0]?.id ?? ""],
    ["cost"],
    ["status"],
    ["doctor"],
    ["approvals", "--all"],
    ["policy", "show"],
    ["provider", "list"],
    ["--help"],
  ];
  const ends = await Promise.all(commands.map((args) => stage.run(args, { env })));
  for (const { stdout, stderr } of ends) expect(stdout + stderr).not.toContain("\u001b");
});

test("what a model says is data: its escape sequences do not reach the terminal", async () => {
  stage.model.setScript(() => ({ text: "\u001b]0;owned\u0007\u001b[2Jred \u202egnp.exe" }));
  const { stdout } = await stage.run(["agent", "spawn", "--task", "be nasty"]);
  stage.model.setScript(answer);
  expect(stdout).toContain("red <U+202E>gnp.exe");
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0008\u001b\u202e]/);
});

test("a task can come from a file, and a label finds it again", async () => {
  writeFileSync(join(stage.workspace, "task.md"), "Do what the file says.\n\n- all of it\n");
  const end = await stage.run(["agent", "spawn", "--task", "@task.md", "--label", "from=file", "--cwd", "."]);
  expect(end.exitCode, end.stderr).toBe(0);
  const found = await runJson<SessionListView>("agent", "sessions", "-a", "--label", "from=file");
  expect(found.sessions).toMatchObject([
    { task: "Do what the file says.\n\n- all of it\n", cwd: stage.workspace },
  ]);
});

test("status, version and help are exit 0 and say what they should", async () => {
  const [status, version, help, spawnHelp] = await Promise.all(
    [["status"], ["--version"], ["--help"], ["agent", "spawn", "--help"]].map((args) => stage.run(args)),
  );
  expect(status?.stdout).toContain(`pid ${stage.discovery().pid}`);
  expect(status?.stdout).toContain(`:${stage.discovery().port}`);
  expect(version?.stdout).toBe(`${stage.discovery().version}\n`);
  expect(help?.stdout).toContain("agent spawn");
  expect(spawnHelp?.stdout).toContain("--count <n>");
  for (const end of [status, version, help, spawnHelp]) expect([end?.exitCode, end?.stderr]).toEqual([0, ""]);
});
