import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProcesses } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

// Grandchildren in sessions and groups of their own, one that ignores SIGTERM, one in the background.
const command =
  "(setsid sleep 401 &) ; setsid setsid sh -c 'trap \"\" TERM; sleep 402; sleep 403' & nohup sleep 404 & sleep 405";

function act({ firstUserText, turn }: ParsedRequest): Reply {
  if (firstUserText === "command" && turn === 0) return { toolCalls: [{ name: "bash", input: { command } }] };
  if (firstUserText === "lead" && turn === 0) {
    // Full is not handed down: the child runs the commands as the project's tests, which auto allows it.
    const sessions = [{ task: "suite", tools: ["test_run"] }, { task: "think" }];
    return { toolCalls: [{ name: "sessions_spawn", input: { sessions } }] };
  }
  if (firstUserText === "suite" && turn === 0) return { toolCalls: [{ name: "test_run", input: {} }] };
  return { hang: true };
}

beforeAll(async () => {
  stage = await createStage({ script: act });
  const manifest = { name: "suite", version: "1.0.0", scripts: { test: command } };
  writeFileSync(join(stage.workspace, "package.json"), JSON.stringify(manifest));
  await stage.run(["up"]);
});

afterAll(() => stage.close());

async function spawnFull(task: string): Promise<string> {
  const { stdout } = await stage.run(["agent", "spawn", "-d", "--permission-mode", "full", "--task", task]);
  return stdout.trim();
}

function findCommands(): number {
  return findProcesses(stage.workspace).filter(({ command: text }) => /sleep 40\d/.test(text)).length;
}

test("S22: agent stop ends model call, command, its group and what left the group, within a second", async () => {
  const [thinking, running] = [await spawnFull("think"), await spawnFull("command")];
  await until(
    () => stage.model.inFlight,
    (count) => count === 1,
  );
  await until(findCommands, (count) => count >= 5);
  const stopped = await stage.run(["agent", "stop", thinking, running]);
  expect(stopped.exitCode, stopped.stderr).toBe(0);
  expect(stopped.stdout.match(/cancelled/g)).toHaveLength(2);
  expect(findCommands()).toBe(0);
  expect(stage.model.inFlight).toBe(0);
  expect(stopped.ms).toBeLessThan(1_500);
});

test("S22: POST …/cancel answers when all of it is gone, in under a second", async () => {
  const id = await spawnFull("command");
  await until(findCommands, (count) => count >= 5);
  const answer = await stage.rest(`/api/agents/sessions/${id}/cancel`, { body: {} });
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ id, status: "cancelled", reason: "cancelled" });
  expect(findCommands()).toBe(0);
  expect(answer.ms).toBeLessThan(1_000);
});

test("S22: stopping a session stops all that it spawned", async () => {
  const lead = await spawnFull("lead");
  await until(findCommands, (count) => count >= 5);
  await until(
    () => stage.model.inFlight,
    (count) => count === 1,
  );
  const stopped = await stage.run(["agent", "stop", "--tree", lead]);
  expect(stopped.exitCode, stopped.stderr).toBe(0);
  await until(
    () => findCommands() + stage.model.inFlight,
    (count) => count === 0,
    1_000,
  );
  const children = (await stage.sessions()).filter(({ parent_id }) => parent_id === lead);
  expect(children.map(({ status, reason }) => [status, reason])).toEqual([
    ["cancelled", "parent-ended"],
    ["cancelled", "parent-ended"],
  ]);
});

test("S22: agent stop --all leaves nothing running and says what it stopped; again it says there is nothing", async () => {
  await Promise.all([spawnFull("think"), spawnFull("command")]);
  await until(findCommands, (count) => count >= 5);
  const stopped = await stage.run(["agent", "stop", "--all"]);
  expect(stopped.stdout.match(/cancelled/g)).toHaveLength(2);
  expect(findCommands() + stage.model.inFlight).toBe(0);
  const again = await stage.run(["agent", "stop", "--all"]);
  expect([again.exitCode, again.stdout, again.stderr]).toEqual([0, "", "Nothing runs.\n"]);
});

test("S22: one wrong id among the ids stops nothing", async () => {
  const id = await spawnFull("think");
  const refused = await stage.run(["agent", "stop", id, "ffffffff"]);
  expect(refused.exitCode, refused.stderr).toBe(5);
  expect((await stage.session(id)).status).toBe("running");
});
