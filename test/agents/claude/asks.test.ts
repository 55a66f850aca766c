import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { toRightsFlags } from "../../../src/runners/external/claude/claude-rights.ts";
import { findProcesses, killHard } from "../../support/e2e/processes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import type { JsonRecord } from "../../support/model-server/reply.ts";
import { findAgent } from "../pinned-agents.ts";
import { answersTo, playAgent } from "../play-agent.ts";

const { title, program = "" } = findAgent("claude");
const withinMs = 40_000;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  if (program !== "") symlinkSync(program, join(stage.root, "bin/claude"));
  await stage.run(["up"]);
});
afterAll(() => stage.close());

interface Asking {
  calls: { name: string; input: JsonRecord }[];
  level?: string;
}

/** A session whose claude makes these calls at once, and then is done. */
async function spawnCalling({ calls, level = "auto" }: Asking, on = stage): Promise<string> {
  on.model.setScript(playAgent([() => ({ toolCalls: calls }), () => ({ text: "Done." })]));
  const args = ["agent", "spawn", "-d", "--agent", "claude", "--task", "go", "--permission-mode", level];
  const { stdout, stderr } = await on.run(args);
  if (stdout.trim() === "") throw new Error(`nothing was spawned: ${stderr}`);
  return (await on.session(stdout.trim())).id;
}

async function untilAsking(id: string, asks: number, on = stage): Promise<void> {
  const isAsking = ({ status, approvals }: SessionView): boolean =>
    status === "waiting" && approvals.length === asks;
  await until(() => on.session(id), isAsking, withinMs);
}

async function ended(id: string, on = stage): Promise<SessionView> {
  const [session] = await on.untilEnded([id], withinMs);
  if (session === undefined) throw new Error(`there is no session ${id}`);
  return session;
}

const shell = (command: string) => ({ name: "Bash", input: { command } });

/** What its model was told of the last calls. */
function told(on = stage): string[] {
  return answersTo(on.model.requests.slice(-1)).map(({ text }) => text);
}

/** What it does without our leave: it keeps its own lists, tells, and ends what it was let start. */
const harmless = new Set([
  "CronDelete",
  "CronList",
  "ListMcpResourcesTool",
  "ReportFindings",
  "TaskCreate",
  "TaskGet",
  "TaskList",
  "TaskOutput",
  "TaskStop",
  "TaskUpdate",
  "TodoWrite",
]);

describe.runIf(program !== "")(`${title} asks us for leave`, () => {
  test("for every call, and what the level knows is answered without a person", async () => {
    writeFileSync(join(stage.workspace, "seen.txt"), "seen\n");
    const path = join(stage.workspace, ".git", "hooks", "pre-commit");
    const calls = [
      shell("cat seen.txt"),
      { name: "Read", input: { file_path: join(stage.workspace, "seen.txt") } },
      { name: "Write", input: { file_path: join(stage.workspace, "made.txt"), content: "made" } },
      { name: "Write", input: { file_path: path, content: "evil" } },
      { name: "Read", input: { file_path: join(stage.state, "token") } },
    ];
    const session = await ended(await spawnCalling({ calls }));
    expect(session).toMatchObject({ status: "completed", result: { text: "Done." }, turns: 2 });
    const texts = told().toSorted().join("\n");
    expect(texts).toMatch(/\.git is protected from writing/);
    expect(texts).toMatch(/token is protected/);
    expect(texts.match(/seen/g)?.length).toBeGreaterThanOrEqual(2);
    expect(readFileSync(join(stage.workspace, "made.txt"), "utf8")).toBe("made");
    expect(existsSync(path)).toBe(false);
  });

  test("with no tool among them that nobody has thought of: a newer claude may bring one that acts unasked", async () => {
    const seen = stage.model.requests.length;
    await ended(await spawnCalling({ calls: [shell("true")] }));
    const [request] = stage.model.requests.slice(seen);
    const offered = request?.toolNames.filter((name) => !name.startsWith("mcp__")) ?? [];
    const grants = {
      reads: "asks",
      writes: "asks",
      testRun: "asks",
      bash: "asks",
      network: "asks",
      rest: "asks",
    } as const;
    const flags = toRightsFlags({ grants, tools: [], toolsNamed: false });
    expect(offered.length).toBeGreaterThan(10);
    expect(offered.filter((name) => !flags.join().includes(`"${name}"`) && !harmless.has(name))).toEqual([]);
  });

  test("and a person's yes runs it, their no is told to its model, with their words", async () => {
    const id = await spawnCalling({ calls: [shell("touch yes.txt"), shell("touch no.txt")] });
    // It runs commands one after the other, and so it asks.
    await untilAsking(id, 1);
    await stage.run(["agent", "answer", id, "1", "allow"]);
    await until(
      () => stage.session(id),
      ({ status, approvals }) => status === "waiting" && approvals[0]?.number === 2,
      withinMs,
    );
    const answered = await stage.run(["agent", "answer", id, "2", "not that one"]);
    expect(answered.exitCode, answered.stderr).toBe(0);
    expect(await ended(id)).toMatchObject({ status: "completed", turns: 2 });
    expect(existsSync(join(stage.workspace, "yes.txt"))).toBe(true);
    expect(existsSync(join(stage.workspace, "no.txt"))).toBe(false);
    expect(told().join("\n")).toMatch(/the answer was no: not that one/);
  });

  test("and waits over a daemon's kill -9: the same program goes on with the answer, once", async () => {
    const id = await spawnCalling({ calls: [shell("printf 'x\\n' >> once.txt")] });
    await untilAsking(id, 1);
    const claudes = () =>
      findProcesses(stage.root).filter(({ command }) => /claude.*stream-json/.test(command));
    const before = claudes().map(({ pid }) => pid);
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    await stage.run(["agent", "answer", id, "allow"]);
    expect(await ended(id)).toMatchObject({ status: "completed", turns: 2 });
    expect(before).toHaveLength(1);
    expect(readFileSync(join(stage.workspace, "once.txt"), "utf8")).toBe("x\n");
  });

  test("and hears no where nobody answers in time; below auto it is not offered what it could not do", async () => {
    await using quick = await createStage({ env: { PROFCLAW_APPROVAL_TIMEOUT_MS: "3000" } });
    symlinkSync(program, join(quick.root, "bin/claude"));
    const id = await spawnCalling({ calls: [shell("touch late.txt")] }, quick);
    expect(await ended(id, quick)).toMatchObject({ status: "completed" });
    expect(told(quick).join()).toMatch(/nobody answered within/);
    expect(existsSync(join(quick.workspace, "late.txt"))).toBe(false);
    const strict = await spawnCalling({ calls: [shell("ls")], level: "deny" }, quick);
    await ended(strict, quick);
    const offered = quick.model.requests.at(-1)?.toolNames ?? [];
    expect(offered).toContain("Read");
    for (const name of ["Bash", "Write", "Edit", "Task", "WebFetch", "AskUserQuestion", "SendMessage"]) {
      expect(offered).not.toContain(name);
    }
  });

  test("and for a look at the user's other claude sessions, or a word to one", async () => {
    const message = { to: "someone", message: "run it for me", summary: "a wish" };
    const calls = [
      { name: "ListAgents", input: {} },
      { name: "SendMessage", input: message },
    ];
    const id = await spawnCalling({ calls });
    const isAsked = (tool: string) =>
      until(
        () => stage.session(id),
        ({ approvals }) => approvals.some((ask) => ask.tool === tool),
        withinMs,
      );
    for (const { name } of calls) {
      await isAsked(name);
      await stage.run(["agent", "answer", id, "no"]);
    }
    expect(await ended(id)).toMatchObject({ status: "completed" });
    expect(
      told()
        .join("\n")
        .match(/the answer was no/g),
    ).toHaveLength(2);
  });
});
