import { cpus, totalmem, type } from "node:os";
import type { FaultRun } from "./run-faults.ts";

/** The run as a page: machine, date, seed, and one row per fault. */
export function toSummary(
  runs: readonly FaultRun[],
  wish: { seed: number; scale: "short" | "full" },
): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  const broken = runs.flatMap(({ fault, report }) =>
    report.kind === "skipped" ? [] : report.breaches.map((breach) => ({ fault: fault.name, ...breach })),
  );
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
    "| promise | fault | command | figure | result | time |",
    "|---|---|---|---|---|---|",
    ...runs.map((run) => toRow(run, wish.seed)),
    "",
    ...broken.map(({ fault, invariant, detail }) => `- **${fault}** broke "${invariant}": ${toCell(detail)}`),
    ...(broken.length > 0 ? [""] : []),
  ].join("\n");
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
