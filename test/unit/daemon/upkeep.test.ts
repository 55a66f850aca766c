import { existsSync, utimesSync, writeFileSync } from "node:fs";
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
  logs = [];
});
afterEach(() => folder.clear());

function toSetting() {
  return {
    store,
    database: folder.databasePath,
    artifacts: join(dirname(folder.databasePath), "artifacts"),
    clock: folder.clock,
    log: (text: string) => void logs.push(text),
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
