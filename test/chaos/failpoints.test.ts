import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseFailpoints } from "../../src/config/failpoints.ts";
import { type FailpointAction, createFailpoints, failpointNames } from "../../src/core/failpoint.ts";
import { createArena } from "./arena/arena.ts";
import { copyBuild } from "./arena/copy-build.ts";
import { allPoints, pointsElsewhere } from "./faults/failpoints.ts";
import { listSessions } from "./invariants/evidence.ts";

const parse = (text: string) => parseFailpoints({ PROFCLAW_FAILPOINTS: text });

test("a failpoint has a name, an action and, if wanted, the hit that it is for", () => {
  expect(parse("after:turn-end=kill, before:tool-result=delay:50@3")).toEqual([
    { name: "after:turn-end", action: { kind: "kill" }, hit: null },
    { name: "before:tool-result", action: { kind: "delay", ms: 50 }, hit: 3 },
  ]);
  expect([parse(""), parse("  "), parseFailpoints({})]).toEqual([[], [], []]);
});

test.each([
  "after:turn-end",
  "after:turn-ends=kill",
  "turn-end=kill",
  "after:turn-end=explode",
  "after:turn-end=delay",
  "after:turn-end=delay:-1",
  "after:turn-end=delay:9999999",
  "after:turn-end=kill@0",
  "after:turn-end=kill@x",
  "after:turn-end=kill@",
  "after:turn-end=kill,",
])("%s is refused with the list of what there is", (text) => {
  expect(() => parse(text)).toThrow(/PROFCLAW_FAILPOINTS has/);
});

test("each kind of event, and each step of mail, has one before and one after its commit", () => {
  expect(failpointNames).toHaveLength(48);
  expect(new Set(failpointNames).size).toBe(48);
});

test("the fault that kills at failpoints knows all of them", () => {
  expect([...allPoints, ...pointsElsewhere]).toEqual(failpointNames);
});

test("a failpoint acts at its hit only, counted by itself", async () => {
  const done: FailpointAction[] = [];
  const armed = parse("after:turn-end=kill@2,before:turn-end=throw@2,after:turn-end=delay:5");
  const failpoints = createFailpoints(armed, (action) => {
    done.push(action);
    return Promise.resolve();
  });
  await failpoints.reach("after", ["turn-start", "turn-end"]);
  expect(done).toEqual([{ kind: "delay", ms: 5 }]);
  await failpoints.reach("after", ["turn-end"]);
  expect(done).toEqual([{ kind: "delay", ms: 5 }, { kind: "kill" }, { kind: "delay", ms: 5 }]);
  await failpoints.reach("before", ["turn-end"]);
  await expect(failpoints.reach("before", ["turn-end"])).rejects.toThrow("failpoint before:turn-end");
});

// Others may need this machine as well.
const patience = { timeout: 20_000 };

test("a daemon with a failpoint that it does not know ends with 3 and names those that it knows", async () => {
  using build = copyBuild();
  await using arena = await createArena({ build });
  const daemon = arena.launch({ env: { PROFCLAW_FAILPOINTS: "after:lunch=kill" } });
  expect((await daemon.ended).exitCode).toBe(3);
  const said = readFileSync(join(arena.root, "daemon.log"), "utf8");
  expect(said).toContain('there is no failpoint "after:lunch". There are: before:session-create');
});

test("a write that throws leaves the session to the next start, which goes on without paying again", async () => {
  using build = copyBuild();
  await using arena = await createArena({ build });
  const daemon = arena.launch({ env: { PROFCLAW_FAILPOINTS: "after:turn-end=throw@1" } });
  await daemon.ready();
  await arena.submit([{ id: "thrown", steps: ["read"], delayMs: 0 }]);
  await expect.poll(async () => (await listSessions(arena))[0]?.turns, patience).toBe(1);
  await daemon.kill();
  await arena.launch().ready();
  await expect.poll(async () => (await listSessions(arena))[0]?.status, patience).toBe("completed");
  expect((await arena.model.calls()).map(({ turn }) => turn)).toEqual([0, 1]);
});
