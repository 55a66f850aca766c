import { readFrom, readNames, type ReportParser } from "./report.ts";

/** node --test: `ℹ pass 1` from the spec reporter, `# pass 1` from the TAP one; seen on 24. */
export const parseNodeReport: ReportParser = (text) => {
  const count = (word: string) =>
    [...text.matchAll(new RegExp(`^[ℹ#] ${word} (\\d+)$`, "gm"))].map((match) => Number(match[1]));
  const sum = (word: string) => count(word).reduce((total, value) => total + value, 0);
  if (count("pass").length === 0 || count("suites").length === 0) return undefined;
  const spec = readFrom(text, /^✖ failing tests:$/m);
  return {
    framework: "node --test",
    passed: sum("pass"),
    failed: sum("fail") + sum("cancelled"),
    skipped: sum("skipped") + sum("todo"),
    failing: spec === "" ? readTapFailures(text) : readNames(spec, /^✖ (.*?)(?: \([\d.]+ms\))?$/gm).slice(1),
    excerpt: spec === "" ? readFrom(text, /^ *not ok /m) : spec,
  };
};

/** Failures of suites only repeat those of their tests. */
function readTapFailures(text: string): string[] {
  const blocks = text.split(/^(?= *(?:not )?ok \d)/m);
  const failures = blocks.filter((block) => /^ *not ok/.test(block) && !block.includes("subtestsFailed"));
  return failures.flatMap((block) => readNames(block, /^ *not ok \d+ - (.*)$/gm));
}
