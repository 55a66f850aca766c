import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const source = fileURLToPath(new URL("../../../src/daemon/daemon-log.ts", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "profclaw-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs code with `log` at hand in a process whose stderr is the log file, as a client starts a daemon. */
function runLogging(code: string, path = join(folder, "daemon.log")): void {
  const file = openSync(path, "a", 0o600);
  const script = `import { createDaemonLog } from ${JSON.stringify(source)};
    const log = createDaemonLog(${JSON.stringify(join(folder, "daemon.log"))}); ${code}`;
  const { status } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "ignore", file],
  });
  closeSync(file);
  expect(status).toBe(0);
}

test("a log storm fills three files of ten megabytes, and the newest lines are whole", () => {
  runLogging("for (let n = 0; n < 60_000; n += 1) log(`line ${n} ${'x'.repeat(1_000)}`);");
  const names = readdirSync(folder).toSorted();
  expect(names).toEqual(["daemon.log", "daemon.log.1", "daemon.log.2"]);
  for (const name of names) expect(statSync(join(folder, name)).size).toBeLessThan(10.2 * 1024 * 1024);
  const numbers = ["daemon.log.2", "daemon.log.1", "daemon.log"]
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n"))
    .map((line) => Number(/ line (\d+) x{1000}$/.exec(line)?.[1]));
  expect(numbers.at(-1)).toBe(59_999);
  // No line is lost or cut between one file and the next.
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
});

test("a line of a megabyte is cut short", () => {
  runLogging("log('y'.repeat(1_000_000));");
  expect(statSync(join(folder, "daemon.log")).size).toBeLessThan(20_000);
});

test("a log that is not the daemon's own file, a terminal or another file, is left alone", () => {
  const other = join(folder, "mine.txt");
  runLogging("for (let n = 0; n < 12_000; n += 1) log('x'.repeat(1_000));", other);
  expect(readdirSync(folder)).toEqual(["mine.txt"]);
  expect(statSync(other).size).toBeGreaterThan(11 * 1024 * 1024);
});
