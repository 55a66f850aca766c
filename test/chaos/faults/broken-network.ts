import { createArena } from "../arena/arena.ts";
import { type ChaosProxy, startChaosProxy } from "../arena/chaos-proxy.ts";
import { finish } from "../arena/rest-of-life.ts";
import { defineFault } from "../define-fault.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";

const sizes = { short: 8, full: 120 };

export const brokenNetwork = defineFault({
  name: "broken-network",
  promise: ["P1", "P2"],
  figure: "a TCP proxy before the model that cuts, resets, stalls, trickles and half-closes connections",
  async run(context) {
    const count = sizes[context.scale] * (context.rounds ?? 1);
    let proxy: ChaosProxy | undefined;
    try {
      await using arena = await createArena({
        build: context.build,
        env: { PROFCLAW_RETRY_DEADLINE_MS: "600000" },
        async modelUrl(url) {
          proxy = await startChaosProxy(url, context.random.fork("proxy"));
          return proxy.url;
        },
      });
      const daemon = arena.launch();
      await daemon.ready();
      await arena.submit(makePlans(context.random, count, "n"));
      const evidence = await finish(arena, daemon, 180_000);
      const done = Object.entries(proxy?.done ?? {}).filter(([kind]) => kind !== "none");
      const what = `connections: ${done.map(([kind, times]) => `${times} ${kind}`).join(", ")}`;
      // The network is what repeats calls here; a finished turn still is never asked again.
      return toReport(what, evidence, findBreaches(evidence, { mayRepeat: true }));
    } finally {
      await proxy?.[Symbol.asyncDispose]();
    }
  },
});
