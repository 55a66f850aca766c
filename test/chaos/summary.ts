import { cpus, totalmem, type } from "node:os";
import type { FaultRun } from "./run-faults.ts";
import { type ProofRun, hasHeld } from "./run-proofs.ts";

/** All that one command has done. */
export interface WholeRun {
  runs: readonly FaultRun[];
  /** Empty where only some faults were asked for. */
  proofRuns: readonly ProofRun[];
}

/** True if every row holds: what was skipped is not proved. */
export function isWhole({ runs, proofRuns }: WholeRun): boolean {
  const hold = runs.every(({ report }) => report.kind === "ran" && report.breaches.length === 0);
  return hold && proofRuns.every(hasHeld);
}

/** The run as a page: machine, date, seed, one row per fault, and one per test that proves the rest. */
export function toSummary(run: WholeRun, wish: { seed: number; scale: "short" | "full" }): string {
  const { runs, proofRuns } = run;
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  return [
    "# The promises, measured",
    "",
    "Made by a real run of `npm run chaos -- --report docs/promises.md`; not written by hand. Each fault is",
    "done to real daemons; what is counted comes from the model server's own account, a file that the",
    "effects append to, the public REST interface and a copy of the database. A promise without a row is",
    "not measured by this suite.",
    "",
    `Date ${date}; machine ${machine}; seed ${wish.seed}${wish.scale === "short" ? "; short sizes" : ""}.`,
    "",
    "| promise | fault or test | command | figure | result | time |",
    "|---|---|---|---|---|---|",
    ...runs.map((one) => toRow(one, wish.seed)),
    ...proofRuns.map(toProofRow),
    "",
    ...listBroken(run),
  ].join("\n");
}

function listBroken({ runs, proofRuns }: WholeRun): string[] {
  const lines = [
    ...runs.flatMap(({ fault, report }) =>
      report.kind === "skipped"
        ? []
        : report.breaches.map(
            ({ invariant, detail }) => `- **${fault.name}** broke "${invariant}": ${toCell(detail)}`,
          ),
    ),
    ...proofRuns.flatMap(({ proof, failed }) => failed.map((text) => `- **${proof.file}**: ${toCell(text)}`)),
  ];
  return lines.length > 0 ? [...lines, ""] : [];
}

function toProofRow(run: ProofRun): string {
  const { proof, passed, failed, seconds } = run;
  const result = hasHeld(run) ? "holds" : `BROKEN (${Math.max(1, failed.length)})`;
  const cells = [
    proof.promise,
    toCell(`test: ${proof.name.trim()} (${proof.file})`),
    `\`npx vitest run ${proof.file}\``,
    toCell(`${proof.limit}; ${passed} of ${passed + failed.length} tests of that name passed`),
    result,
    `${seconds.toFixed(1)} s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function toRow({ fault, report, seconds }: FaultRun, seed: number): string {
  const command = `npm run chaos -- --faults ${fault.name} --seed ${seed}`;
  const figure = report.kind === "ran" ? report.figure : report.reason;
  const cells = [
    fault.promise.join(" "),
    fault.figure,
    `\`${command}\``,
    toCell(figure),
    toResult(report),
    `${seconds} s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function toResult(report: FaultRun["report"]): string {
  if (report.kind === "skipped") return "skipped";
  return report.breaches.length === 0 ? "holds" : `BROKEN (${report.breaches.length})`;
}

function toCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
