import { createArena } from "../arena/arena.ts";
import { type SeenProcess, findProcesses, isAlive } from "../arena/processes.ts";
import { finish } from "../arena/rest-of-life.ts";
import { spawnNoise } from "../arena/spawn-noise.ts";
import { until } from "../arena/until.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import { findBreaches } from "../invariants/find-breaches.ts";

const sizes = { short: { rounds: 1, commands: 10 }, full: { rounds: 3, commands: 50 } };
// What the model "litter" starts below each command, its own shells aside.
const sleepsPerCommand = 4;
const mostMs = 2_000;

export const orphans = defineFault({
  name: "orphans",
  promise: ["P6"],
  figure: "kill -9 with fifty commands that run, each with children and grandchildren that called setsid",
  async run(context) {
    const { commands, ...size } = sizes[context.scale];
    const rounds = context.rounds ?? size.rounds;
    const env = { POOL_MAX_CONCURRENT: String(commands) };
    await using arena = await createArena({ build: context.build, env });
    const goneMs: number[] = [];
    const left: SeenProcess[] = [];
    let doomed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const daemon = arena.launch();
      await daemon.ready();
      await spawnNoise(arena, "litter", { count: commands, tools: ["bash"] });
      const below = (): SeenProcess[] => findProcesses(arena.root).filter(({ pid }) => pid !== daemon.pid);
      const sleeps = (): number => below().filter(({ command }) => /^sleep 61\d$/.test(command)).length;
      await until("all that the commands start is there", () => sleeps() >= commands * sleepsPerCommand, {
        withinMs: 60_000,
      });
      const all = below();
      doomed += all.length;
      await daemon.kill();
      const startedAt = performance.now();
      const isOver = (): boolean => !all.some(isAlive);
      await until("all of them are gone", isOver, { withinMs: mostMs, pauseMs: 10 }).catch(() => undefined);
      goneMs.push(performance.now() - startedAt);
      left.push(...all.filter(isAlive));
    }
    const last = arena.launch();
    await last.ready();
    const evidence = await finish(arena, last);
    const breaches = [
      ...findBreaches(evidence, { isUsageWild: true }),
      ...toBreaches(
        `no process of a tool ${mostMs} ms after a daemon's death`,
        left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`),
      ),
    ];
    const figure = `${rounds} × ${commands} commands, ${doomed} processes at the kill: alive after 2 s ${left.length}, the last gone after ${Math.round(Math.max(...goneMs))} ms`;
    return { kind: "ran", figure, breaches };
  },
});
