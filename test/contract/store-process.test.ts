import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixedClock } from "../../src/core/clock.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { takeStateLock } from "../../src/store/sqlite/state-lock.ts";

let folder: string;
const children = new Set<ReturnType<typeof start>["child"]>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "profclaw-lock-"));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  rmSync(folder, { recursive: true, force: true });
});

function start(script: string, argument: string) {
  const path = join(import.meta.dirname, "..", "support", script);
  const child = spawn(process.execPath, [path, argument], { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function kill(child: ReturnType<typeof start>["child"]): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function readLine(process: ReturnType<typeof start>): Promise<string> {
  const line = await process.lines.next();
  return line.done === true ? "" : line.value;
}

test("of fifty processes that race for a folder, exactly one gets it", { timeout: 60_000 }, async () => {
  const racers = Array.from({ length: 50 }, () => start("store-lock-holder.ts", folder));
  const answers = await Promise.all(racers.map(readLine));
  expect(answers.filter((answer) => answer === "taken")).toHaveLength(1);
  expect(answers.filter((answer) => answer === "held")).toHaveLength(49);
});

test("kill -9 of the holder frees the folder at once", async () => {
  const holder = start("store-lock-holder.ts", folder);
  expect(await readLine(holder)).toBe("taken");
  expect(takeStateLock(folder)).toEqual({ kind: "held" });
  await kill(holder.child);
  const lock = takeStateLock(folder);
  expect(lock.kind).toBe("taken");
  if (lock.kind === "taken") lock.release();
});

test("a lock is exclusive within one process too, and can be taken again once released", () => {
  const state = join(folder, "made", "for", "it");
  const first = takeStateLock(state);
  expect(takeStateLock(state)).toEqual({ kind: "held" });
  if (first.kind === "taken") first.release();
  const second = takeStateLock(state);
  expect(second.kind).toBe("taken");
  expect(statSync(join(state, "daemon.lock")).mode & 0o777).toBe(0o600);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  if (second.kind === "taken") second.release();
});

test("a folder that cannot be one is refused with its name", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => takeStateLock(join(folder, "file"))).toThrow(/cannot be locked.*PROFCLAW_HOME/);
});

test("what was answered before kill -9 is there after it, and nothing is half there", async () => {
  const path = join(folder, "profclaw.db");
  for (let round = 1; round <= 3; round += 1) {
    const writer = start("store-crash-writer.ts", path);
    const answered = new Map<string, number>();
    for (let line = 0; line < 200 * round; line += 1) {
      const [id = "", seq] = (await readLine(writer)).split(" ");
      answered.set(id, Number(seq));
    }
    await kill(writer.child);
    const store = await openSqliteStore({
      path,
      artifactsPath: `${path}-artifacts`,
      clock: createFixedClock(0),
    });
    for (const [sessionId, seq] of answered) {
      const journal = await store.readJournal({ sessionId, afterSeq: 0, limit: 100_000 });
      expect(journal.length).toBeGreaterThanOrEqual(seq);
      expect(journal.map((entry) => entry.seq)).toEqual(journal.map((_, index) => index + 1));
      expect(await store.getSession(sessionId)).toMatchObject({ lastSeq: journal.length });
    }
    expect(answered.size).toBe(8);
    await store.close();
  }
});
