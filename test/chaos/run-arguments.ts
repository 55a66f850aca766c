import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import type { Fault } from "./define-fault.ts";

/** What a command line asks for. */
export type RunArguments =
  | { kind: "refused"; reason: string }
  | { kind: "say"; text: string }
  | {
      kind: "run";
      faults: Fault[];
      seed: number;
      rounds: number | null;
      scale: "short" | "full";
      /** The tests that prove the rest as well: with all faults only. */
      withProofs: boolean;
      /** The file that the summary is written to as well. */
      report: string | null;
    };

const help = `npm run chaos -- [--seed N] [--faults a,b] [--rounds N] [--short] [--report FILE] [--list]
  --seed N       the same moments and plans again; printed in every case
  --faults a,b   only these (--list names them all); without it all, and the tests that prove the rest
  --rounds N     for the faults that go by rounds: so many
  --short        the small sizes of npm test
  --report FILE  the summary as a file: docs/promises.md`;

const mostSeed = 2 ** 32 - 1;

/** Whatever it does not know is refused, with what there is. */
export function parseRunArguments(args: readonly string[], known: readonly Fault[]): RunArguments {
  try {
    return toRun(readFlags(args), known);
  } catch (error) {
    return {
      kind: "refused",
      reason: `${error instanceof Error ? error.message : String(error)}\n\n${help}`,
    };
  }
}

type Flags = ReturnType<typeof readFlags>;

function readFlags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      faults: { type: "string" },
      rounds: { type: "string" },
      report: { type: "string" },
      short: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;
}

function toRun(flags: Flags, known: readonly Fault[]): RunArguments {
  if (flags.help) return { kind: "say", text: help };
  if (flags.list) return { kind: "say", text: known.map(toListLine).join("\n") };
  return {
    kind: "run",
    faults: flags.faults === undefined ? [...known] : pickFaults(flags.faults, known),
    seed: flags.seed === undefined ? randomInt(mostSeed) : toWhole("--seed", flags.seed, mostSeed),
    rounds: flags.rounds === undefined ? null : Math.max(1, toWhole("--rounds", flags.rounds, 100_000)),
    scale: flags.short ? "short" : "full",
    withProofs: flags.faults === undefined,
    report: flags.report ?? null,
  };
}

function pickFaults(text: string, known: readonly Fault[]): Fault[] {
  return text.split(",").map((part) => {
    const name = part.trim();
    const fault = known.find((one) => one.name === name);
    if (fault !== undefined) return fault;
    throw new Error(`There is no fault "${name}". There are: ${known.map((one) => one.name).join(", ")}.`);
  });
}

function toWhole(flag: string, text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new Error(`${flag} is "${text}"; it must be a whole number, 0 to ${most}.`);
}

function toListLine({ name, promise, figure }: Fault): string {
  return `${name.padEnd(20)} ${promise.join(" ").padEnd(16)} ${figure}`;
}
