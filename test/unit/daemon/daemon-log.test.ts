import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const logFolder = fileURLToPath(new URL("../../../src/daemon/log/", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "profclaw-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs code with `log` at hand in a process whose stderr is the log file, as a client starts a daemon. */
function runLogging(code: string, path = join(folder, "daemon.log"), env: Record<string, string> = {}): void {
  const file = openSync(path, "a", 0o600);
  const script = `import { openLog } from ${JSON.stringify(join(logFolder, "open-log.ts"))};
    import { openLogFile } from ${JSON.stringify(join(logFolder, "log-file.ts"))};
    const write = openLogFile(${JSON.stringify(join(folder, "daemon.log"))});
    const { log, secrets } = openLog(process.env, "json", write); ${code}`;
  const { status } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "ignore", file],
    env: { ...process.env, ...env },
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
    .map((line) => Number(/"line (\d+) x{1000}"\}$/.exec(line)?.[1]));
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

interface Line {
  level: string;
  time: string;
  pid: number;
  msg: string;
  session_id?: string;
  batch_id?: string;
  [name: string]: unknown;
}

const ids =
  '{ sessionId: "11111111-1111-4111-8111-111111111111", batchId: "22222222-2222-4222-8222-222222222222" }';

function readLines(): Line[] {
  const lines = readFileSync(join(folder, "daemon.log"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
}

test("each line is JSON with time, level, pid, and the ids it is about", () => {
  runLogging(`log("plain"); log("told", { level: "warn", ...${ids}, more: { calls: 3 } });`);
  const [plain, told] = readLines();
  expect(plain).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    pid: expect.any(Number),
    msg: "plain",
  });
  expect(told).toMatchObject({
    level: "warn",
    session_id: "11111111-1111-4111-8111-111111111111",
    batch_id: "22222222-2222-4222-8222-222222222222",
    calls: 3,
  });
});

test("PROFCLAW_LOG_FORMAT=text writes what people read, without a character that moves the cursor", () => {
  runLogging(
    `log("two\\nlines \\u001b[2Jgone", { level: "warn", ...${ids}, more: { code: "x\\ny" } });`,
    undefined,
    {
      PROFCLAW_LOG_FORMAT: "text",
    },
  );
  expect(readFileSync(join(folder, "daemon.log"), "utf8")).toMatch(
    /^\S+Z warn {2}session 11111111: two\nlines gone code=x y\n$/,
  );
});

test("PROFCLAW_LOG_LEVEL says what is left out", () => {
  const lines =
    'log("d", { level: "debug" }); log("i"); log("w", { level: "warn" }); log("e", { level: "error" });';
  runLogging(lines, undefined, { PROFCLAW_LOG_LEVEL: "warn" });
  expect(readLines().map(({ msg }) => msg)).toEqual(["w", "e"]);
});

test("no secret is in a line: not by its looks, not by its value, not where the line is cut", () => {
  const planted = "plain-words-but-secret";
  const late = "came-with-a-shell-later";
  runLogging(
    `log("Bearer abcdefgh12345 and sk-ant-api03-AAAABBBB and https://me:pass1234@host/");
     log("x".repeat(16_374) + process.env.DEPLOY_TOKEN);
     secrets.add(() => [${JSON.stringify(late)}]);
     log("told", { more: { why: "it said " + ${JSON.stringify(late)} + " and " + process.env.DEPLOY_TOKEN, token: "whatever" } });`,
    undefined,
    { DEPLOY_TOKEN: planted },
  );
  const text = readFileSync(join(folder, "daemon.log"), "utf8");
  for (const secret of ["abcdefgh12345", "AAAABBBB", "pass1234", "plain-wor", late, "whatever"])
    expect(text).not.toContain(secret);
  expect(readLines()).toHaveLength(3);
  expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(5);
});
