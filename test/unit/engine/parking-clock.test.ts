import { expect, test } from "vitest";
import { createLiveTable } from "../../../src/engine/live-table.ts";
import { type ParkingPorts, park } from "../../../src/engine/parking.ts";

const hour = 3_600_000;
const minute = 60_000;
const idle = (): void => undefined;

/** A clock whose wall time can be set, and the times that were waited for. */
function createSetClock() {
  const [wall, waits] = [{ ms: 10 * hour }, [] as number[]];
  const after = (ms: number): (() => void) => {
    waits.push(ms);
    return () => undefined;
  };
  return { wall, waits, clock: { now: () => wall.ms, elapsedMs: () => 0, after } };
}

/** How long a session sleeps whose wait was made for in ten seconds, where the wall clock is moved before it sleeps. */
function sleepAfter(moveMs: number, on: "cool-down" | "approval"): number | undefined {
  const { wall, waits, clock } = createSetClock();
  const live = createLiveTable();
  const ids = { id: "a", batchId: "b", parentId: null, rootId: "a" };
  const session = live.add({ ...ids, priority: 0, provider: "p", agent: "builtin" });
  const over = Promise.resolve();
  session.phase = { kind: "running", abort: idle, interrupt: idle, over };
  const madeAtMs = wall.ms;
  const untilMs = madeAtMs + 10_000;
  wall.ms += moveMs;
  const desk = { isAnswered: () => Promise.resolve(false) };
  const ports = { clock, live, desk, watchProgram: () => idle, wake: idle } as unknown as ParkingPorts;
  park(
    ports,
    session,
    on === "approval" ? { on, untilMs, asks: [] } : { on, untilMs, madeAtMs, detail: "429" },
  );
  return waits[0];
}

test("a cool-down that was made just before the clock was set back is no hours longer for it", () => {
  expect(sleepAfter(0, "cool-down")).toBe(10_000);
  expect(sleepAfter(-5 * hour, "cool-down")).toBe(10_000);
  expect(sleepAfter(-minute, "cool-down")).toBe(10_000);
  expect(sleepAfter(-500, "cool-down")).toBe(10_000);
  // A clock set forward ends it.
  expect(sleepAfter(hour, "cool-down")).toBe(0);
});

test("an ask is not over early for a clock that was set", () => {
  expect(sleepAfter(-hour, "approval")).toBe(hour + 10_000);
});
