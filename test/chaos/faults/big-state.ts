import { fillState } from "../../unit/daemon/full-state.ts";
import { createArena } from "../arena/arena.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";

const sizes = { short: { starts: 1, ended: 1_000 }, full: { starts: 5, ended: 10_000 } };
const mostMs = 2_000;

export const bigState = defineFault({
  name: "big-state",
  promise: ["P14"],
  figure: "a start with ten thousand ended sessions on record, each after a kill -9",
  async run(context) {
    const { starts, ended } = sizes[context.scale];
    await using arena = await createArena({ build: context.build });
    const artifacts = `${arena.home}/artifacts`;
    await fillState({
      database: arena.database,
      artifacts,
      cwd: arena.workspace,
      ended,
      running: 0,
      turns: 3,
    });
    const readyMs: number[] = [];
    for (let start = 0; start < (context.rounds ?? starts); start += 1) {
      const startedAt = performance.now();
      const daemon = arena.launch();
      await daemon.ready();
      await arena.json("/api/agents/sessions?limit=5");
      readyMs.push(performance.now() - startedAt);
      await daemon.kill();
    }
    const slowest = Math.round(Math.max(...readyMs));
    const figure = `${readyMs.length} starts with ${ended} sessions: the slowest had answered its first request after ${slowest} ms`;
    const breaches = toBreaches(`ready in ${mostMs} ms`, slowest <= mostMs ? [] : [`${slowest} ms`]);
    return { kind: "ran", figure, breaches };
  },
});
