import { expect, test } from "vitest";
import { createFixedClock } from "../../../src/core/clock.ts";
import type { MemoryState } from "../../../src/engine/admission.ts";
import { createAgentAdmission } from "../../../src/engine/agent-admission.ts";
import { createPool } from "../../../src/engine/pool.ts";
import { createPump } from "../../../src/engine/pump.ts";

const mb = 2 ** 20;
const needs: Readonly<Record<string, number>> = { claude: 110 * mb, gemini: 400 * mb };

/** A queue behind a pump; the machine has what the test says. */
function createScene({ freeMb = 100_000, cores = 2 } = {}) {
  const clock = createFixedClock(0);
  const started: string[] = [];
  const scene = { clock, started, freeMb, cores };
  const memory = (): MemoryState => ({
    residentBytes: 0,
    heapUsedBytes: 0,
    heapLimitBytes: 1_000 * mb,
    // 256 MB of it are left to others.
    availableBytes: (scene.freeMb + 256) * mb,
    totalBytes: 1_000_000 * mb,
  });
  const agents = createAgentAdmission({
    clock,
    readMemory: memory,
    needOf(agent) {
      const bytes = needs[agent];
      return bytes === undefined ? null : { bytes, startMs: 5_000 };
    },
    mostStarting: cores,
    onRoom: () => pump.fill(),
  });
  const pool = createPool(10, { mayStart: (agent) => agents.mayStart(agent, pool.running) });
  const pump = createPump({
    pool,
    agents,
    admission: { hasRoom: () => true, shortage: () => null },
    start(id) {
      started.push(id);
      agents.begin(id, id.split("-")[0] ?? "");
    },
  });
  const add = (...ids: string[]): void => {
    for (const id of ids) {
      const starts = id.split("-")[0] ?? "";
      pool.enqueue({ sessionId: id, rootId: "r", priority: 0, provider: "p", starts }, "back");
    }
    pump.fill();
  };
  return { scene, agents, pool, pump, add };
}

test("so many start at once as there are cores; the next ones when one has said its first word, or five seconds later", () => {
  const { scene, agents, pump, add } = createScene();
  add("claude-1", "claude-2", "claude-3", "claude-4", "claude-5");
  expect(scene.started).toEqual(["claude-1", "claude-2"]);
  expect(pump.holdUp()).toBe("starts: 2 starting, and no more than 2 agents do at once");
  agents.settle("claude-1");
  expect(scene.started).toEqual(["claude-1", "claude-2", "claude-3"]);
  agents.settle("claude-1");
  expect(scene.started).toHaveLength(3);
  scene.clock.advance(5_000);
  expect(scene.started).toHaveLength(5);
  expect(pump.holdUp()).toBeNull();
});

test("one that does not fit waits and says what it needs; another kind that fits is let past it", () => {
  const { scene, pump, add } = createScene({ freeMb: 300, cores: 10 });
  add("builtin-1", "gemini-1", "claude-1", "claude-2", "claude-3");
  // The third claude would have to share what the first two have been promised.
  expect(scene.started).toEqual(["builtin-1", "claude-1", "claude-2"]);
  expect(pump.holdUp()).toMatch(
    /^memory: one more (gemini|claude) needs (400|110) MB, and the machine has 80 MB to give$/,
  );
  scene.freeMb = 900;
  scene.clock.advance(500);
  expect(scene.started.toSorted()).toEqual(["builtin-1", "claude-1", "claude-2", "claude-3", "gemini-1"]);
});

test("what an agent was promised counts until it has it: its memory is then no longer free", () => {
  const { scene, agents, add } = createScene({ freeMb: 230, cores: 10 });
  add("claude-1", "claude-2", "claude-3");
  expect(scene.started).toEqual(["claude-1", "claude-2"]);
  scene.freeMb = 10;
  agents.settle("claude-1");
  agents.settle("claude-2");
  expect(scene.started).toHaveLength(2);
  scene.freeMb = 120;
  scene.clock.advance(1_000);
  expect(scene.started).toEqual(["claude-1", "claude-2", "claude-3"]);
});

test("with nothing in a slot the first is let through however little there is: nothing waits for ever", () => {
  const { scene, pool, pump, add } = createScene({ freeMb: -256 });
  add("gemini-1", "gemini-2", "gemini-3");
  expect(scene.started).toEqual(["gemini-1"]);
  for (const id of ["gemini-1", "gemini-2"]) {
    pool.remove(id);
    pump.fill();
  }
  expect(scene.started).toEqual(["gemini-1", "gemini-2", "gemini-3"]);
});
