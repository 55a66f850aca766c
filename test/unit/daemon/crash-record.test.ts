import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CrashRecord,
  appendCrash,
  completeCrashes,
  findQuarantined,
  readCrashes,
} from "../../../src/daemon/crash-record.ts";

function newCrash(given: Partial<CrashRecord> = {}): CrashRecord {
  return { at: "2026-11-21T12:00:00.000Z", how: "a bug", culprit: null, present: [], ...given };
}

describe("who is not run again", () => {
  test("the one whose code threw, the second time", () => {
    const named = newCrash({ culprit: "a", present: ["a", "b"] });
    expect(findQuarantined([named])).toEqual(new Set());
    expect(findQuarantined([named, named])).toEqual(new Set(["a"]));
  });

  test("one that was alone twice, or alone once and named once", () => {
    const alone = newCrash({ present: ["a"] });
    expect(findQuarantined([alone, alone])).toEqual(new Set(["a"]));
    expect(findQuarantined([alone, newCrash({ culprit: "a", present: ["a", "b"] })])).toEqual(new Set(["a"]));
  });

  test("nobody of several where it cannot be told", () => {
    const together = newCrash({ present: ["a", "b"] });
    expect(findQuarantined([together, together, together])).toEqual(new Set());
  });
});

describe("the file", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "profclaw-crash-"));
    path = join(folder, "crashes.jsonl");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("a line that was cut off is passed over, the others count", () => {
    appendCrash(path, newCrash({ culprit: "a" }));
    appendFileSync(path, '{"at":"2026-11-21T12:00:01.000Z","how":"cut o\n');
    appendCrash(path, newCrash({ culprit: "a" }));
    expect(readCrashes(path)).toHaveLength(2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a fatal error's record gets those that were present at the next start, others keep theirs", () => {
    appendCrash(path, newCrash({ present: ["b"] }));
    appendCrash(path, newCrash({ present: null }));
    expect(completeCrashes(path, ["a"]).map(({ present }) => present)).toEqual([["b"], ["a"]]);
    expect(readCrashes(path).map(({ present }) => present)).toEqual([["b"], ["a"]]);
  });

  test("it stays small however often it crashes", () => {
    for (let count = 0; count < 150; count += 1) appendCrash(path, newCrash({ how: "x".repeat(100_000) }));
    expect(statSync(path).size).toBeLessThan(400_000);
    expect(completeCrashes(path, [])).toHaveLength(100);
  });

  test("no file means no crash, and a folder that is gone is no second crash", () => {
    expect(readCrashes(path)).toEqual([]);
    expect(() => appendCrash(join(folder, "gone", "crashes.jsonl"), newCrash())).not.toThrow();
  });
});
