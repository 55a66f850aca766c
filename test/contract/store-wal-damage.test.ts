import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInProcessStore } from "../../src/store/sqlite/open-in-process-store.ts";
import { checkIntegrity, flipBytes, keptAside } from "../support/store-damage.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import { acceptOne, createStoreFolder } from "../support/store-fixture.ts";

let folder: StoreFolder;

beforeEach(() => {
  folder = createStoreFolder(openInProcessStore);
});
afterEach(() => folder.clear());

/** Commits that only the WAL has, as a kill leaves them; answers the ids and the WAL's path. */
async function leaveInWal(count: number): Promise<{ ids: string[]; wal: string; whole: Buffer }> {
  const store = await folder.open();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push((await acceptOne(store, { task: `task ${index} ${"x".repeat(3_000)}` })).id);
  }
  const copies = [folder.databasePath, `${folder.databasePath}-wal`].map((path) => readFileSync(path));
  await store.close();
  const [database = Buffer.alloc(0), whole = Buffer.alloc(0)] = copies;
  writeFileSync(folder.databasePath, database);
  writeFileSync(`${folder.databasePath}-wal`, whole);
  return { ids, wal: `${folder.databasePath}-wal`, whole };
}

async function countKnown(ids: readonly string[]): Promise<number> {
  const store = await folder.open();
  expect(checkIntegrity(folder.databasePath)).toBe("ok");
  const { sessions } = await store.listSessions({ limit: 100 });
  await store.close();
  return sessions.filter(({ id }) => ids.includes(id)).length;
}

test("one whose last commit a power cut left half written is taken as it is", async () => {
  const { ids, wal, whole } = await leaveInWal(10);
  writeFileSync(wal, whole.subarray(0, whole.length - 5_000));
  expect(await countKnown(ids)).toBe(9);
  expect(keptAside(folder.databasePath)).toEqual([]);
});

test("sectors of the last commit in any order are a power cut too", async () => {
  const { ids, wal, whole } = await leaveInWal(10);
  // Of its last frames the second last never came to the disk.
  const torn = Buffer.from(whole);
  torn.fill(0, torn.length - 2 * 4_120, torn.length - 4_120);
  writeFileSync(wal, torn);
  expect(await countKnown(ids)).toBe(9);
  expect(keptAside(folder.databasePath)).toEqual([]);
});

test("a flipped byte anywhere but in the last commit costs none of the sessions behind it, and is told", async () => {
  const { ids, wal, whole } = await leaveInWal(30);
  const database = readFileSync(folder.databasePath);
  // Header, salts and sums of frames, page numbers, pages.
  const places = [2, 9, 17, 25, 33, 41, 49, 60, 1_000, 20_600, 41_300, 100_000, whole.length >> 1];
  for (const place of places) {
    writeFileSync(folder.databasePath, database);
    rmSync(`${folder.databasePath}-shm`, { force: true });
    writeFileSync(wal, whole);
    flipBytes(wal, [place]);
    expect(await countKnown(ids)).toBeGreaterThanOrEqual(29);
    folder.clock.advance(1_000);
  }
  expect(keptAside(folder.databasePath).length).toBeGreaterThanOrEqual(places.length - 2);
});
