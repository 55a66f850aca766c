import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { spawnCommand, spawnTasks } from "../support/e2e/document-commands.ts";
import { asNobody, canBecomeNobody, giveToNobody } from "../support/e2e/other-user.ts";
import type { Program } from "../support/e2e/program.ts";
import { type Stage, binPath, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const hasScript = existsSync("/usr/bin/script");
const escape = "\u001b";

/** A person at a terminal of 100 columns. */
function startOnTerminal(stage: Stage, env: Record<string, string> = {}): Program {
  return stage.startShell(`script -qec 'stty cols 100 rows 30; exec ${spawnCommand}' /dev/null`, {
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
  });
}

// Each has a stage of its own and waits more than it works.
describe.concurrent("the document's agent spawn", () => {
  test("S4: the document's command runs three sessions, also where no daemon ever ran", async () => {
    await using stage = await createStage();
    expect(existsSync(stage.state)).toBe(false);
    const first = await stage.shell(spawnCommand);
    expect(first.exitCode, first.stderr).toBe(0);
    for (const task of spawnTasks) expect(first.stdout).toContain(`done: ${task}`);
    const asked = stage.model.requests.map((request) => request.firstUserText);
    expect(asked.toSorted()).toEqual([...spawnTasks].toSorted());
    const second = await stage.shell(spawnCommand);
    expect(second.exitCode, second.stderr).toBe(0);
    const sessions = await stage.sessions();
    const expected = [...spawnTasks, ...spawnTasks].map((task) => ({ task, status: "completed" }));
    expect(sessions.map(({ task, status }) => ({ task, status }))).toEqual(expected);
    expect(stage.model.violations).toEqual([]);
  });

  test("S4: without a terminal results go to stdout, talk to stderr, and nothing is painted", async () => {
    await using stage = await createStage();
    const { exitCode, stdout, stderr } = await stage.shell(spawnCommand);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.match(/^== [0-9a-f]{8} {2}completed/gm)).toHaveLength(3);
    expect(stderr).toMatch(/^3 sessions · anthropic\/claude-sonnet-4-6 · at most 10 at once/);
    for (const task of spawnTasks)
      expect(stderr).toMatch(new RegExp(`^[0-9a-f]{8} completed: .*${task}`, "m"));
    expect(stdout + stderr).not.toContain(escape);
  });

  test.runIf(hasScript)("S4: on a terminal a live table is shown until the results are there", async () => {
    await using stage = await createStage({
      script: ({ firstUserText }) => ({ text: `done: ${firstUserText}`, delayMs: 400 }),
    });
    const terminal = startOnTerminal(stage);
    await terminal.says(/ID +STATE[\s\S]*running[\s\S]*3 running/);
    const { exitCode, stdout } = await terminal.ended;
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain(escape);
    expect(stdout).toContain("Ctrl-C detaches, they go on");
    expect(stdout).toMatch(/3 completed/);
    for (const task of spawnTasks) expect(stdout).toContain(`done: ${task}`);
  });

  test.runIf(hasScript)("S4: NO_COLOR on a terminal: the table moves and has no colour", async () => {
    await using stage = await createStage();
    const { exitCode, stdout } = await startOnTerminal(stage, { NO_COLOR: "1" }).ended;
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain("Ctrl-C detaches");
    expect(stdout.replaceAll(`${escape}[`, "<")).not.toMatch(/<[0-9;]*m/);
  });

  test.runIf(hasScript)("S4: Ctrl-C detaches and says so; the sessions go on to their end", async () => {
    await using stage = await createStage({ script: () => ({ text: "at last", delayMs: 1_500 }) });
    const terminal = startOnTerminal(stage);
    await until(
      () => stage.model.inFlight,
      (count) => count === 3,
    );
    terminal.write("\u0003");
    const { exitCode, stdout } = await terminal.ended;
    expect(exitCode, stdout).toBe(130);
    expect(stdout).toContain("Detached: 3 sessions go on without this terminal.");
    expect(stage.model.inFlight).toBe(3);
    const [batchId = ""] = /agent result ([0-9a-f]{8})/.exec(stdout)?.slice(1) ?? [];
    const waited = await stage.run(["agent", "wait", batchId]);
    expect(waited.exitCode, waited.stderr).toBe(0);
    expect(waited.stdout.match(/completed/g)).toHaveLength(3);
  });

  test.runIf(canBecomeNobody(binPath))("S4: an ordinary user, not root, gets the same", async () => {
    await using stage = await createStage();
    giveToNobody(stage.root);
    const { exitCode, stdout, stderr } = await stage.shell(
      spawnCommand.replace("profclaw", `${asNobody} profclaw`),
    );
    expect(exitCode, stderr).toBe(0);
    for (const task of spawnTasks) expect(stdout).toContain(`done: ${task}`);
  });
});
