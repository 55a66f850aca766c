import { existsSync, mkdirSync, readdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runUpkeep, startUpkeep } from "../../../src/daemon/upkeep.ts";
import { listBackups } from "../../../src/store/sqlite/backups.ts";
import { toDatabaseFiles } from "../../../src/store/sqlite/database-files.ts";
import { openInProcessStore } from "../../../src/store/sqlite/open-in-process-store.ts";
import type { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../../support/store-fixture.ts";
import { acceptOne, createStoreFolder, newSettle, startMs } from "../../support/store-fixture.ts";

const hour = 3_600_000;
const day = 24 * hour;
let folder: StoreFolder;
let store: SqliteStore;
let logs: string[];

beforeEach(async () => {
  folder = createStoreFolder(openInProcessStore);
  store = await folder.open();
  mkdirSync(join(folder.path, "logs"));
  logs = [];
});
afterEach(() => folder.clear());

function toSetting() {
  return {
    store,
    database: folder.databasePath,
    artifacts: join(dirname(folder.databasePath), "artifacts"),
    logs: join(folder.path, "logs"),
    agents: join(folder.path, "agents"),
    daemonLog: join(folder.path, "logs", "daemon.log"),
    clock: folder.clock,
    log: (text: string) => void logs.push(text),
    tidyWorktrees: async () => undefined,
    external: undefined,
  };
}

function round(): Promise<void> {
  return runUpkeep(toSetting(), () => false);
}

function backupAges(): number[] {
  return listBackups(toDatabaseFiles(folder.databasePath)).map(
    ({ takenAt }) => (folder.clock.now() - takenAt) / hour,
  );
}

test("a backup is taken when the last is an hour old, and not before", async () => {
  await round();
  expect(backupAges()).toEqual([0]);
  await acceptOne(store);
  folder.clock.advance(hour - 1);
  await round();
  expect(backupAges()).toHaveLength(1);
  folder.clock.advance(1);
  await round();
  expect(backupAges()).toEqual([0, 1]);
});

test("sessions that ended 30 days ago and files of nobody go, and it is said", async () => {
  for (const age of [31, 31, 29]) {
    const endedAt = startMs - age * day;
    const { id } = await acceptOne(store, { createdAt: endedAt });
    const settle = newSettle(id);
    await store.write({ ...settle, patch: { ...settle.patch, endedAt } });
  }
  const stray = join(toSetting().artifacts, "stray");
  writeFileSync(stray, "");
  utimesSync(stray, (startMs - 2 * hour) / 1_000, (startMs - 2 * hour) / 1_000);
  await round();
  expect((await store.listSessions({ limit: 10 })).sessions).toHaveLength(1);
  expect(existsSync(stray)).toBe(false);
  expect(logs).toEqual([expect.stringContaining("deleted 2 sessions")]);
});

test("rounds follow by the hour until it is disposed of; a round that fails is logged, not thrown", async () => {
  const upkeep = startUpkeep({ ...toSetting(), artifacts: join(folder.path, "gone") });
  folder.clock.advance(10_000);
  await expect.poll(() => logs).toEqual([expect.stringMatching(/^upkeep: ENOENT/)]);
  await acceptOne(store);
  folder.clock.advance(hour);
  await expect.poll(backupAges).toEqual([0, 1]);
  await expect.poll(() => logs).toHaveLength(2);
  upkeep[Symbol.dispose]();
  folder.clock.advance(hour);
  expect(logs).toHaveLength(2);
});

/** A file of that size that takes no room on the disk. */
function makeLog(name: string, sizeBytes: number, changedAtMs: number): void {
  const path = join(folder.path, "logs", name);
  writeFileSync(path, "");
  truncateSync(path, sizeBytes);
  utimesSync(path, changedAtMs / 1_000, changedAtMs / 1_000);
}

test("of the logs the oldest go until all together take 5 GB, and never the one that is written", async () => {
  const gigabyte = 2 ** 30;
  mkdirSync(join(folder.path, "logs", "sessions"));
  makeLog("daemon.log", 0.5 * gigabyte, startMs - 9 * day);
  makeLog("sessions/old.log", 1.5 * gigabyte, startMs - 3 * day);
  makeLog("sessions/middle.log", 2 * gigabyte, startMs - 2 * day);
  makeLog("sessions/new.log", 2 * gigabyte, startMs - day);
  await round();
  expect(readdirSync(join(folder.path, "logs", "sessions")).toSorted()).toEqual(["middle.log", "new.log"]);
  expect(existsSync(join(folder.path, "logs", "daemon.log"))).toBe(true);
  expect(logs).toEqual(["deleted the 1 oldest logs, 1536 MB: all may take 5 GB"]);
  await round();
  expect(logs).toHaveLength(1);
});
