import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allFaults } from "./all-faults.ts";
import { proofs } from "./proofs.ts";
import { type ProofRun, hasHeld } from "./run-proofs.ts";
import type { FaultRun } from "./run-faults.ts";
import { isWhole, toSummary } from "./summary.ts";

const promises = Array.from({ length: 15 }, (_, at) => `P${at + 1}`);

test.each(promises)("%s has a fault or a test that proves it", (promise) => {
  const rows = [...allFaults.flatMap((fault) => fault.promise), ...proofs.map((proof) => proof.promise)];
  expect(rows).toContain(promise);
});

test.each(proofs)("$file has the test: $name", ({ file, name }) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const named = text.split("\n").filter((line) => line.includes(name) && /["`]/.test(line));
  expect(named).toHaveLength(1);
});

const [proof = proofs[0]] = proofs;

function toProofRun(change: Partial<ProofRun>): ProofRun {
  if (proof === undefined) throw new Error("there are no proofs");
  return { proof, passed: 1, failed: [], seconds: 1, ...change };
}

function toFaultRun(report: FaultRun["report"]): FaultRun {
  const [fault] = allFaults;
  if (fault === undefined) throw new Error("there are no faults");
  return { fault, report, seconds: 1 };
}

test("a proof whose test failed, was skipped or is gone does not hold", () => {
  expect(hasHeld(toProofRun({}))).toBe(true);
  expect(hasHeld(toProofRun({ failed: ["x: skipped"] }))).toBe(false);
  expect(hasHeld(toProofRun({ passed: 0 }))).toBe(false);
});

test("a run is whole only if every row holds; what was skipped is no row that holds", () => {
  const holds = toFaultRun({ kind: "ran", figure: "1", breaches: [] });
  const broken = toFaultRun({ kind: "ran", figure: "1", breaches: [{ invariant: "x", detail: "y" }] });
  const skipped = toFaultRun({ kind: "skipped", reason: "no compiler here" });
  expect(isWhole({ runs: [holds], proofRuns: [toProofRun({})] })).toBe(true);
  expect(isWhole({ runs: [holds, broken], proofRuns: [] })).toBe(false);
  expect(isWhole({ runs: [holds, skipped], proofRuns: [] })).toBe(false);
  expect(isWhole({ runs: [holds], proofRuns: [toProofRun({ passed: 0 })] })).toBe(false);
});

test("the page names each proof with its command and what came of it", () => {
  const page = toSummary(
    { runs: [], proofRuns: [toProofRun({ passed: 0, failed: ["it: failed"] })] },
    { seed: 1, scale: "full" },
  );
  expect(page).toContain(`npx vitest run ${proof?.file}`);
  expect(page).toContain("BROKEN (1)");
});
