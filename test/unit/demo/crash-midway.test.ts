import { expect, test } from "vitest";
import { createCrash, type Crash } from "../../../src/cli/demo/crash-midway.ts";
import type { ModelCallRecord } from "../../../src/cli/demo/simulated-model.ts";

const tasks = [{ task: "a" }, { task: "b" }];

function toCall(task: string, state: ModelCallRecord["state"], isLast = false): ModelCallRecord {
  const endedAt = state === "streaming" ? null : performance.now() - 1_000;
  return { task, state, isLast, turn: 1, inputTokens: 1, outputTokens: 1, startedAt: 0, endedAt };
}

function killsAt(calls: ModelCallRecord[]): Crash[] {
  const kills: Crash[] = [];
  const crash = createCrash({ calls, tasks, pid: 7, kill: (moment) => kills.push(moment) });
  crash.look();
  crash.look();
  expect(crash.happened()).toEqual(kills[0]);
  return kills;
}

const twoTurns = (task: string) => [toCall(task, "completed"), toCall(task, "completed")];

test("kills once, when each has two turns behind it and is in the next", () => {
  const calls = [...twoTurns("a"), ...twoTurns("b"), toCall("a", "streaming"), toCall("b", "streaming")];
  expect(killsAt(calls)).toEqual([{ pid: 7, finishedTurns: 4, inFlight: 2 }]);
});

test("does not kill while one session has only begun", () => {
  const calls = [
    ...twoTurns("a"),
    toCall("a", "streaming"),
    toCall("b", "completed"),
    toCall("b", "streaming"),
  ];
  expect(killsAt(calls)).toEqual([]);
});

test("takes the last turn of a short session, too", () => {
  const calls = ["a", "b"].flatMap((task) => [toCall(task, "completed"), toCall(task, "streaming", true)]);
  expect(killsAt(calls)).toHaveLength(1);
});

test("does not kill while a session runs a tool", () => {
  expect(killsAt([...twoTurns("a"), ...twoTurns("b"), toCall("a", "streaming")])).toEqual([]);
});

test("does not wait for a session that has ended", () => {
  const ended = [...twoTurns("b"), toCall("b", "completed", true)];
  expect(killsAt([...twoTurns("a"), ...ended, toCall("a", "streaming")])).toHaveLength(1);
});
