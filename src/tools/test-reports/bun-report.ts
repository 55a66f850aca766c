import { readFrom, readNames, type ReportParser } from "./report.ts";

/** bun test, seen on 1.4: ` 1 pass`, ` 1 fail`, and `(fail) suite > name [0.36ms]`. */
export const parseBunReport: ReportParser = (text) => {
  if (!/^bun test v/m.test(text) && !/^Ran \d+ tests? across/m.test(text)) return undefined;
  const count = (word: string) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  return {
    framework: "bun",
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skip") + count("todo"),
    failing: readNames(text, /^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/gm),
    // bun shows an error before it says whose it is.
    excerpt: readFrom(text, /^error: /m),
  };
};
