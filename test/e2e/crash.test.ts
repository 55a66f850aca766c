import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CostView } from "../../src/contract/shapes.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

const count = 4;
const spawn = ["agent", "spawn", "--count", String(count), "--tools", "read_file", "--task", "read it twice"];

/** Two tool turns at once, then a last one that is answered only after it was asked `kills` times. */
async function createReadStage(kills = 1): Promise<Stage> {
  const stage = await createStage({
    script({ turn, toolResults }: ParsedRequest): Reply {
      if (turn < 2) return { toolCalls: [{ name: "read_file", input: { path: "notes.txt" } }] };
      if (countLastCalls(stage) <= kills * count) return { hang: true };
      return { text: `read: ${toolResults[0]?.text.trim() ?? ""}` };
    },
  });
  writeFileSync(join(stage.workspace, "notes.txt"), "a note\n");
  return stage;
}

function countLastCalls(stage: Stage): number {
  return stage.model.requests.filter(({ turn }) => turn === 2).length;
}

/** All sessions are in their last turn for the nth time, and none is answered. */
async function untilLastTurn(stage: Stage, time = 1): Promise<void> {
  await until(
    () => countLastCalls(stage),
    (found) => found === time * count,
  );
}

/** By the model server's own count: whole answers per turn, and calls that broke off. */
function countCalls(stage: Stage): { answered: number[]; brokenOff: number } {
  const { requests } = stage.model;
  const answered = [0, 1, 2].map(
    (turn) => requests.filter((one) => one.turn === turn && one.outcome === "answered").length,
  );
  return {
    answered,
    brokenOff: requests.filter(({ outcome }) => outcome !== null && outcome !== "answered").length,
  };
}

// Each has a stage of its own and waits more than it works.
describe.concurrent("P1, P2, P3: a daemon that dies", () => {
  test("a kill -9 is only a pause for a waiting spawn, and nothing but the turn in flight is paid twice", async () => {
    await using stage = await createReadStage();
    const spawning = stage.start(spawn);
    await untilLastTurn(stage);
    const { pid } = stage.discovery();
    killHard(pid);
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain("The daemon is gone; waiting for it to come back. Sessions are kept.");
    expect(stderr).toContain("The daemon is back.");
    expect(stdout.match(/read: +1\ta note/g)).toHaveLength(count);
    expect(stage.discovery().pid).not.toBe(pid);
    expect(countCalls(stage)).toEqual({ answered: [count, count, count], brokenOff: count });
    const cost = (await stage.rest("/api/cost?group_by=session")).json<CostView>();
    expect(cost.possibly_billed_calls).toBe(count);
    expect(cost.usage.output_tokens).toBe(stage.model.tokensGiven()["claude-sonnet-4-6"]?.outputTokens);
    expect(stage.model.violations).toEqual([]);
  });

  test("with its supervisor killed as well the waiting spawn starts another, and loses nothing", async () => {
    await using stage = await createReadStage();
    const spawning = stage.start(spawn);
    await untilLastTurn(stage);
    for (const { pid, command } of findProcesses(stage.state))
      if (command.includes("/daemon/")) killHard(pid);
    const { exitCode, stdout, stderr } = await spawning.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stdout.match(/read: +1\ta note/g)).toHaveLength(count);
    expect(countCalls(stage)).toEqual({ answered: [count, count, count], brokenOff: count });
  });

  test("sessions spawned with -d go on by themselves when the daemon is killed, and again", async () => {
    await using stage = await createReadStage(2);
    await stage.run([...spawn, "-d"]);
    for (const kills of [1, 2]) {
      await untilLastTurn(stage, kills);
      const { pid } = stage.discovery();
      killHard(pid);
      await stage.untilReplaced(pid);
      await until(
        () => countCalls(stage).brokenOff,
        (brokenOff) => brokenOff === kills * count,
      );
    }
    const waited = await stage.run(["agent", "sessions", "--json"]);
    expect(waited.exitCode).toBe(0);
    const sessions = await stage.sessions();
    const ended = await stage.untilEnded(sessions.map(({ id }) => id));
    expect(ended.map(({ status }) => status)).toEqual(Array(count).fill("completed"));
    expect(countCalls(stage)).toEqual({ answered: [count, count, count], brokenOff: 2 * count });
  });

  test("P14: SIGTERM lets the turn in flight end, and the next start goes on without asking again", async () => {
    await using stage = await createStage({
      script: ({ turn }) =>
        turn === 0
          ? { toolCalls: [{ name: "list_dir", input: { path: "." } }], delayMs: 600 }
          : { text: "went on" },
    });
    await stage.run(["agent", "spawn", "-d", "--count", "3", "--task", "go on"]);
    await until(
      () => stage.model.inFlight,
      (inFlight) => inFlight === 3,
    );
    const { pid } = stage.discovery();
    const startedAt = performance.now();
    process.kill(pid, "SIGTERM");
    await until(
      () => findProcesses(stage.state),
      (found) => found.length === 0,
      10_000,
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(stage.model.requests.map(({ outcome }) => outcome)).toEqual(Array(3).fill("answered"));
    await stage.run(["up"]);
    const ended = await stage.untilEnded((await stage.sessions()).map(({ id }) => id));
    expect(ended.map(({ status, result }) => `${status}: ${result?.text}`)).toEqual(
      Array(3).fill("completed: went on"),
    );
    expect(stage.model.requests).toHaveLength(6);
  });

  test("P14: a call that hangs does not hold a SIGTERM up for more than ten seconds", async () => {
    await using stage = await createStage({
      script: () => (stage.model.requests.length > 1 ? { text: "at last" } : { hang: true }),
    });
    await stage.run(["agent", "spawn", "-d", "--task", "hang"]);
    await until(
      () => stage.model.inFlight,
      (inFlight) => inFlight === 1,
    );
    const startedAt = performance.now();
    process.kill(stage.discovery().pid, "SIGTERM");
    await until(
      () => findProcesses(stage.state),
      (found) => found.length === 0,
      12_000,
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await stage.run(["up"]);
    const [ended] = await stage.untilEnded((await stage.sessions()).map(({ id }) => id));
    expect(ended).toMatchObject({ status: "completed", result: { text: "at last" } });
  });

  test("P6: commands do not outlive a killed daemon by more than two seconds", async () => {
    await using stage = await createStage({
      script: ({ turn }) =>
        turn === 0
          ? { toolCalls: [{ name: "bash", input: { command: "setsid sleep 501 & sleep 502" } }] }
          : { text: "told" },
    });
    await stage.run(["agent", "spawn", "-d", "--permission-mode", "full", "--task", "command"]);
    const findCommands = () =>
      findProcesses(stage.workspace).filter(({ command }) => /sleep 50\d/.test(command));
    await until(findCommands, (found) => found.length >= 3);
    const { pid } = stage.discovery();
    killHard(pid);
    await until(findCommands, (found) => found.length === 0, 2_000);
    await stage.untilReplaced(pid);
    const [ended] = await stage.untilEnded((await stage.sessions()).map(({ id }) => id));
    expect(ended).toMatchObject({ status: "completed", result: { text: "told" } });
  });
});
