import { setTimeout as sleep } from "node:timers/promises";
import { createArena } from "../arena/arena.ts";
import { finish, untilAllEnded } from "../arena/rest-of-life.ts";
import { defineFault } from "../define-fault.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const sizes = { short: { wallMs: 3_000, sessions: 12 }, full: { wallMs: 60_000, sessions: 40 } };

export const overloadWall = defineFault({
  name: "overload-wall",
  promise: ["P9", "P1"],
  figure: "the provider answers 529 with Retry-After 1 to everything, for a while",
  async run(context) {
    const { wallMs, sessions } = sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const daemon = arena.launch();
    await daemon.ready();
    await arena.submit(makePlans(context.random, sessions, "w"));
    await sleep(context.random.int(100, 400));
    const untilMs = Date.now() + wallMs;
    arena.model.raiseWall({ untilMs, status: 529, retryAfterSeconds: 1 });
    await sleep(wallMs);
    await untilAllEnded(arena, 120_000).catch(() => undefined);
    const afterMs = Date.now() - untilMs;
    const evidence = await finish(arena, daemon);
    const refused = evidence.calls.filter(({ outcome }) => outcome === "refused").length;
    const what = `${wallMs / 1_000} s wall, ${refused} calls refused by it, all ended ${(afterMs / 1_000).toFixed(1)} s after it`;
    return toReport(what, evidence, findBreaches(evidence));
  },
});
