import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createArena } from "../arena/arena.ts";
import { compilePreload } from "../arena/preload.ts";
import { finish } from "../arena/rest-of-life.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";
import type { Plan } from "../model/plan.ts";

const sizes = { short: 3, full: 20 };
// Twice that is less than the six hours for which a cool-down is waited out.
const mostShiftSeconds = 9_000;
const mostSeconds = 60;

export const clockJumps = defineFault({
  name: "clock-jumps",
  promise: ["P1", "P2", "P9"],
  figure: "the wall clock of a busy daemon jumps by hours, forward and back, with kills in between",
  async run(context) {
    const shift = compilePreload(context.build, new URL("./clock-shift.c", import.meta.url));
    if (shift === undefined) return { kind: "skipped", reason: "no C compiler for the clock that jumps" };
    const jumps = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const file = join(arena.root, "shift");
    const set = (seconds: number): void => writeFileSync(file, String(seconds));
    set(0);
    const env = { LD_PRELOAD: shift, CLOCK_SHIFT_FILE: file };
    let daemon = arena.launch({ env });
    await daemon.ready();
    const startedAt = performance.now();
    for (let jump = 0; jump < jumps; jump += 1) {
      await arena.submit([...makePlans(context.random, 5, `c${jump}`), toCoolDownPlan(`c${jump}-cool`)]);
      await sleep(context.random.int(50, 300));
      set(context.random.int(-mostShiftSeconds, mostShiftSeconds));
      await sleep(context.random.int(50, 300));
      if (!context.random.chance(0.3)) continue;
      await daemon.kill();
      daemon = arena.launch({ env });
      await daemon.ready();
    }
    const loadMs = performance.now() - startedAt;
    const evidence = await finish(arena, daemon, mostSeconds * 1_000);
    const late = evidence.sessions.filter(({ status }) => ["queued", "running", "waiting"].includes(status));
    const breaches = [
      // The program's own times are no witness here, and the deaths are on another clock.
      ...findBreaches(evidence, { mayRepeat: true, hasWrongTimes: true }),
      ...toBreaches(
        `nothing waits for a clock that was set back, ${mostSeconds} s`,
        late.map(({ id }) => id),
      ),
    ];
    return toReport(
      `${jumps} jumps of up to 5 hours in ${(loadMs / 1_000).toFixed(0)} s`,
      evidence,
      breaches,
    );
  },
});

/** One that is in a cool-down when the clock jumps. */
function toCoolDownPlan(id: string): Plan {
  return { id, steps: ["write", "bash"], delayMs: 0, accidents: { 0: ["error-529"], 1: ["error-529"] } };
}
