import { createArena } from "../arena/arena.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import type { Plan } from "../model/plan.ts";

const sizes = { short: 1, full: 3 };
const sessions = 40;
const wallMs = 4_000;
const mostMs = 30_000;

export const retryWall = defineFault({
  name: "retry-wall",
  promise: ["P9"],
  figure: `${sessions} sessions meet a wall of ${wallMs / 1_000} s of 429 with Retry-After 1 to 2 s`,
  async run(context) {
    const rounds = context.rounds ?? sizes[context.scale];
    await using arena = await createArena({ build: context.build, env: { POOL_MAX_CONCURRENT: "40" } });
    const daemon = arena.launch();
    await daemon.ready();
    const tookMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const retryAfterSeconds = 1 + (round % 2);
      const startedAt = performance.now();
      arena.model.raiseWall({ untilMs: Date.now() + wallMs, status: 429, retryAfterSeconds });
      await arena.submit(
        Array.from({ length: sessions }, (_, at): Plan => ({
          id: `y${round}-${at}`,
          steps: ["write"],
          delayMs: 20,
        })),
      );
      await untilAllEnded(arena).catch(() => undefined);
      tookMs.push(performance.now() - startedAt);
    }
    const evidence = await finish(arena, daemon);
    const refused = evidence.calls.filter(({ outcome }) => outcome === "refused").length;
    const slowest = Math.max(...tookMs);
    const breaches = [
      ...findBreaches(evidence),
      ...toBreaches(
        `all ended in ${mostMs / 1_000} s`,
        slowest < mostMs ? [] : [`${Math.round(slowest)} ms`],
      ),
    ];
    const what = `${rounds} walls, ${refused} calls refused, all ended ${(slowest / 1_000).toFixed(1)} s after the first call at the latest`;
    return toReport(what, evidence, breaches);
  },
});
