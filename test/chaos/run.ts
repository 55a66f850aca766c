import { writeFileSync } from "node:fs";
import { allFaults } from "./all-faults.ts";
import { proofs } from "./proofs.ts";
import { parseRunArguments } from "./run-arguments.ts";
import { runFaults } from "./run-faults.ts";
import { runProofs } from "./run-proofs.ts";
import { isWhole, toSummary } from "./summary.ts";

/* `npm run chaos`: breaks daemons on purpose and counts what is left of the promises. See --help. */

const log = (text: string): void => void process.stderr.write(`${text}\n`);

const wish = parseRunArguments(process.argv.slice(2), allFaults);
switch (wish.kind) {
  case "refused":
    process.stderr.write(`${wish.reason}\n`);
    process.exitCode = 2;
    break;
  case "say":
    process.stdout.write(`${wish.text}\n`);
    break;
  case "run": {
    log(`seed ${wish.seed}`);
    const runs = await runFaults(wish.faults, { ...wish, log });
    const proofRuns = wish.withProofs ? await runProofs(proofs, log) : [];
    const summary = toSummary({ runs, proofRuns }, wish);
    process.stdout.write(summary);
    if (wish.report !== null) writeFileSync(wish.report, summary);
    process.exitCode = isWhole({ runs, proofRuns }) ? 0 : 1;
  }
}
