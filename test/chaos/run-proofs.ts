import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Proof } from "./proof.ts";

/** A proof and what came of it: how many tests have its name, and which of them did not pass. */
export interface ProofRun {
  proof: Proof;
  passed: number;
  failed: string[];
  seconds: number;
}

/** The part of vitest's JSON report that counts here. */
interface TestReport {
  testResults: {
    name: string;
    assertionResults: { title: string; status: string; duration?: number | null }[];
  }[];
}

/** Runs the files of all proofs, one after the other; what is not in the report has not passed. */
export async function runProofs(proofs: readonly Proof[], log: (text: string) => void): Promise<ProofRun[]> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "profclaw-proofs-"));
  try {
    const report = join(folder, "report.json");
    const files = [...new Set(proofs.map(({ file }) => file))];
    log(`proofs: ${files.length} test files`);
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const options = ["run", "--no-file-parallelism", "--reporter=json", `--outputFile=${report}`];
    const child = spawn(process.execPath, [vitest, ...options, ...files], { cwd: root, stdio: "ignore" });
    await once(child, "exit");
    const seen = JSON.parse(readFileSync(report, "utf8")) as TestReport;
    return proofs.map((proof) => toRun(proof, seen));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function toRun(proof: Proof, { testResults }: TestReport): ProofRun {
  const mine = testResults
    .filter(({ name }) => name.endsWith(proof.file))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ title }) => title.includes(proof.name));
  const failed = mine.filter(({ status }) => status !== "passed");
  return {
    proof,
    passed: mine.length - failed.length,
    failed: failed.map(({ title, status }) => `${title}: ${status}`),
    seconds: mine.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1_000,
  };
}

/** A name that nothing has any more proves nothing. */
export function hasHeld({ passed, failed }: ProofRun): boolean {
  return passed > 0 && failed.length === 0;
}
