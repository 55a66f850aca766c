import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import { git, makeRepository, put } from "../../support/git-sandbox.ts";
import { findByArgument, uniqueSleep } from "../sandbox/processes.ts";

let daemon: InProcessDaemon;
let repository: string;
let ran: string;

beforeEach(async () => {
  daemon = await startInProcessDaemon(({ firstUserText }) =>
    firstUserText === "hang" ? { hang: true } : { text: "done" },
  );
  repository = daemon.workspace;
  ran = join(daemon.home, "..", "ran");
  makeRepository(repository, { "a.txt": "a\n", ".gitignore": "made/\nprofclaw.yaml\n" });
});

afterEach(() => daemon.close());

/** The project's own file; trusted, unless it says otherwise. */
async function setUp(lines: readonly string[], { trusted = true, more = "" } = {}): Promise<void> {
  const text = `worktree:\n${more}  setup: |\n${lines.map((line) => `    ${line}\n`).join("")}`;
  put(repository, "profclaw.yaml", text);
  if (!trusted) return;
  const { content } = await daemon.handlers.inspectTrust({ folder: repository }, admin);
  await daemon.handlers.trustFolder({ folder: repository, content }, admin);
}

const spawn = (more: object = {}) =>
  daemon.handlers.createSessions(
    { sessions: [{ task: "x", provider: "anthropic", worktree: true, ...more }] },
    admin,
  );

async function run(more: object = {}) {
  const view = await spawn(more);
  const [session] = await daemon.untilEnded(view.sessions.map(({ id }) => id));
  if (session === undefined) throw new Error("no session");
  const { events } = await daemon.handlers.getSessionEvents({ id: session.id, after: 0, limit: 100 }, admin);
  const steps = events.filter(({ type }) => type === "folder-setup").map(({ data }) => data);
  return { session, warnings: view.warnings, types: events.map(({ type }) => type), steps };
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];

test("the script of a trusted folder runs in the new worktree before the first prompt, and its output is in the log", async () => {
  await setUp(["mkdir made && echo ready > made/it", 'echo "from $PROFCLAW_ORIGIN"', `pwd >> ${ran}`]);
  const { session, types, steps, warnings } = await run();
  expect(session.status).toBe("completed");
  expect(warnings).toEqual([]);
  expect(readFileSync(join(session.cwd, "made/it"), "utf8")).toBe("ready\n");
  expect(linesOf(ran)).toEqual([session.worktree?.folder]);
  expect(types.slice(0, 5)).toEqual([
    "session-create",
    "session-start",
    "folder-setup",
    "folder-setup",
    "turn-start",
  ]);
  expect(steps).toMatchObject([
    { step: { kind: "begin", file: join(repository, "profclaw.yaml") } },
    { step: { kind: "end", outcome: "done", exitCode: 0, output: `from ${repository}\n` } },
  ]);
  const log = await daemon.handlers.getSessionLog({ id: session.id, after: 0, limit: 100 }, admin);
  expect(log).toContain(`from ${repository}`);
});

test("a script that fails ends the session by its name, before a model was called, at the first command that fails", async () => {
  await setUp(["echo about to fail", "false", `touch ${ran}`]);
  const { session, steps } = await run();
  expect(session).toMatchObject({ status: "failed", reason: "worktree", turns: 0, cost_usd: "0.00" });
  expect(session.error).toMatchObject({
    code: "worktree-setup-failed",
    detail: expect.stringMatching(/profclaw\.yaml.*exit code 1.*about to fail/),
  });
  expect(steps.at(-1)).toMatchObject({ step: { kind: "end", outcome: "failed", exitCode: 1 } });
  expect(existsSync(ran)).toBe(false);
  expect(daemon.model.requests).toHaveLength(0);
});

test("mended, a retry and a resume both run it anew and go on", async () => {
  await setUp([`echo x >> ${ran}`, "exit 3"]);
  const { session } = await run();
  await setUp([`echo x >> ${ran}`]);
  const retried = await daemon.handlers.retrySession({ id: session.id }, admin);
  const [again] = await daemon.untilEnded([retried.sessions[0]?.id ?? ""]);
  expect(again?.status).toBe("completed");
  await daemon.handlers.resumeSession({ id: session.id, message: "go on" }, admin);
  await daemon.until(session.id, ({ resumes, status }) => resumes === 1 && status === "completed");
  expect(linesOf(ran)).toHaveLength(3);
  await daemon.handlers.resumeSession({ id: session.id, message: "more" }, admin);
  await daemon.until(session.id, ({ resumes, status }) => resumes === 2 && status === "completed");
  expect(linesOf(ran)).toHaveLength(3);
});

test("a script has its own time, which is none of the session's", async () => {
  await setUp(["sleep 0.8"]);
  expect((await run({ timeout: 500 })).session.status).toBe("completed");
  await setUp(["sleep 60"], { more: "  setup_timeout: 300ms\n" });
  const { session } = await run();
  expect(session.error).toMatchObject({
    code: "worktree-setup-failed",
    detail: expect.stringContaining("longer than 300ms"),
  });
});

test("in a folder that nobody trusts it is left out, which is said when it is asked for and in the log", async () => {
  await setUp([`touch ${ran}`], { trusted: false });
  const { session, warnings, steps } = await run();
  expect(session.status).toBe("completed");
  expect(warnings).toEqual([expect.stringContaining(`profclaw trust ${repository}`)]);
  expect(steps).toMatchObject([{ step: { kind: "skip", why: expect.stringContaining("not trusted") } }]);
  await setUp(["true"]);
  await setUp([`touch ${ran}`], { trusted: false });
  expect((await run()).warnings).toEqual([expect.stringContaining("has changed since")]);
  expect(existsSync(ran)).toBe(false);
});

test("a script that is no text starts nothing: file, line and column are told", async () => {
  put(repository, "profclaw.yaml", "worktree:\n  setup: [npm, ci]\n");
  await expect(spawn()).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringMatching(/profclaw\.yaml:2:10/),
  });
});

test("a session that another one spawned gets it only at a level that runs commands", async () => {
  await setUp([`echo x >> ${ran}`]);
  const [parent = ""] = await daemon.spawn([{ task: "hang", worktree: false }]);
  await daemon.until(parent, ({ status }) => status === "running");
  const view = await daemon.handlers.createSessions(
    { parent, sessions: [{ task: "x", provider: "anthropic", worktree: true }] },
    admin,
  );
  expect(view.warnings).toEqual([expect.stringContaining("a session spawned this one")]);
  await daemon.untilEnded(view.sessions.map(({ id }) => id));
  expect(linesOf(ran)).toEqual([]);
});

test("stopping a session ends its script with all that it started", async () => {
  const seconds = uniqueSleep();
  await setUp([`sleep ${seconds} & echo $! > ${ran}; wait`]);
  const view = await spawn();
  const id = view.sessions[0]?.id ?? "";
  await expect.poll(() => linesOf(ran)).toHaveLength(1);
  await daemon.handlers.cancelSession({ id }, admin);
  const [session] = await daemon.untilEnded([id]);
  expect(session?.status).toBe("cancelled");
  await expect.poll(() => findByArgument(seconds), { timeout: 3_000 }).toEqual([]);
});

test("a crash in the middle of the script makes folder and all anew, and the script runs again", async () => {
  await setUp([`echo x >> ${ran}`, "echo part > made.txt", "sleep 1"]);
  const view = await spawn();
  const id = view.sessions[0]?.id ?? "";
  await expect.poll(() => linesOf(ran)).toHaveLength(1);
  await daemon.crash();
  const [session] = await daemon.untilEnded([id]);
  expect(session?.status).toBe("completed");
  expect(linesOf(ran)).toHaveLength(2);
  expect(git(session?.cwd ?? "", "status", "--porcelain")).toBe("?? made.txt");
});
