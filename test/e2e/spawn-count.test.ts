import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";

const threeTasks = ["--task", "one", "--task", "two", "--task", "three"];

/** What is refused, and what the refusal must say to put it right. */
const refused: { name: string; args: string[]; says: RegExp }[] = [
  { name: "no task", args: [], says: /--task "/ },
  { name: "a count without a task", args: ["--count", "3"], says: /--task "/ },
  { name: "fewer tasks than the count", args: ["--count", "5", ...threeTasks], says: /--count 3/ },
  { name: "more tasks than the count", args: ["--count", "2", ...threeTasks], says: /--count 3/ },
  { name: "one of three tasks counted", args: ["--count", "1", ...threeTasks], says: /--count 3/ },
  { name: "a count of nothing", args: ["--count", "0", "--task", "one"], says: /from 1/ },
  { name: "a count below nothing", args: ["--count=-1", "--task", "one"], says: /from 1/ },
  { name: "half a session", args: ["--count", "1.5", "--task", "one"], says: /whole number/ },
  { name: "a word", args: ["--count", "three", ...threeTasks], says: /whole number/ },
  { name: "a count without its number", args: ["--task", "one", "--count"], says: /--count/ },
  { name: "more than one spawn takes", args: ["--count", "1001", "--task", "one"], says: /1000/ },
  { name: "an empty task", args: ["--task", "one", "--task", " "], says: /empty/ },
];

test.concurrent("S5: a count that does not fit is exit 2, says the fix, starts nothing and creates nothing", async () => {
  await using stage = await createStage();
  const ends = await Promise.all(refused.map(({ args }) => stage.run(["agent", "spawn", ...args])));
  for (const [index, { name, says }] of refused.entries()) {
    const end = ends[index];
    expect(end?.exitCode, `${name}: ${end?.stderr}`).toBe(2);
    expect(end?.stderr, name).toMatch(says);
    expect(end?.stdout, name).toBe("");
  }
  expect(existsSync(stage.state)).toBe(false);
  expect(stage.model.requests).toHaveLength(0);
});

test.concurrent("S5: one task and a count are that many copies; tasks without a count, or as many, are one each", async () => {
  await using stage = await createStage();
  const copies = await stage.run(["agent", "spawn", "--count", "3", "--task", "same"]);
  const each = await stage.run(["agent", "spawn", ...threeTasks]);
  const counted = await stage.run(["agent", "spawn", "--count", "3", ...threeTasks]);
  expect([copies, each, counted].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect((await stage.sessions()).map(({ task }) => task)).toEqual(
    "same same same one two three one two three".split(" "),
  );
});

test.concurrent("S5: more than twenty off a terminal need a yes, exit 7, and nothing has run", async () => {
  await using stage = await createStage();
  const silent = await stage.run(["agent", "spawn", "--count", "21", "--task", "many"]);
  expect(silent.exitCode, silent.stderr).toBe(7);
  expect(silent.stderr).toContain("--yes");
  expect(await stage.sessions()).toEqual([]);
  const said = await stage.run(["agent", "spawn", "--count", "21", "--task", "many", "--yes"]);
  expect(said.exitCode, said.stderr).toBe(0);
  expect(await stage.sessions()).toHaveLength(21);
});
