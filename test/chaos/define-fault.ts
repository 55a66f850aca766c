import type { BuildCopy } from "./arena/copy-build.ts";
import type { Breach } from "./invariants/breach.ts";
import type { Random } from "./random.ts";

/** What a fault is given. */
export interface ChaosContext {
  random: Random;
  /** "short" is the part of `npm test`; "full" is what the figures in docs/promises.md come from. */
  scale: "short" | "full";
  /** How often a fault that goes by rounds does its round; null: as the fault thinks right. */
  rounds: number | null;
  /** The built program, out of reach of a build that runs meanwhile. */
  build: BuildCopy;
  log(text: string): void;
}

/** What came of it. `skipped` says why this machine or this build can not do it. */
export type FaultReport =
  | { kind: "ran"; figure: string; breaches: readonly Breach[] }
  | { kind: "skipped"; reason: string };

export interface Fault {
  name: string;
  /** Of docs/promises.md: "P1". */
  promise: readonly [string, ...string[]];
  /** What its figure counts. */
  figure: string;
  run(context: ChaosContext): Promise<FaultReport>;
}

/** Declares a fault; one file each. */
export function defineFault(fault: Fault): Fault {
  return fault;
}
