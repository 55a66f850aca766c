import { copyBuild } from "./arena/copy-build.ts";
import type { ChaosContext, Fault, FaultReport } from "./define-fault.ts";
import { createRandom } from "./random.ts";

/** A fault and what came of it. */
export interface FaultRun {
  fault: Fault;
  report: FaultReport;
  seconds: number;
}

export interface RunWish {
  seed: number;
  scale: ChaosContext["scale"];
  rounds: number | null;
  log(text: string): void;
}

/** One after the other; a fault's chances depend on the seed and its own name only. */
export async function runFaults(faults: readonly Fault[], wish: RunWish): Promise<FaultRun[]> {
  using build = copyBuild();
  const random = createRandom(wish.seed);
  const runs: FaultRun[] = [];
  for (const fault of faults) {
    const startedAt = performance.now();
    const log = (text: string): void => wish.log(`${fault.name}: ${text}`);
    log("begins");
    const context = { scale: wish.scale, rounds: wish.rounds, build, log, random: random.fork(fault.name) };
    const report = await fault.run(context).catch(toBrokenReport);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    runs.push({ fault, report, seconds });
    log(describe(report));
  }
  return runs;
}

/** A fault that could not come to its end proves nothing. */
function toBrokenReport(error: unknown): FaultReport {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    kind: "ran",
    figure: "did not come to its end",
    breaches: [{ invariant: "the fault runs", detail }],
  };
}

function describe(report: FaultReport): string {
  if (report.kind === "skipped") return `skipped: ${report.reason}`;
  const broken = report.breaches.map(({ invariant, detail }) => `\n  BROKEN ${invariant}: ${detail}`);
  return `${report.figure}${broken.join("")}`;
}
