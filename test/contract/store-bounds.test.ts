import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { sizeOf } from "../support/store-damage.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  newBatch,
  newCall,
  newMessage,
  newSettle,
  newWrite,
  startMs,
} from "../support/store-fixture.ts";

let folder: StoreFolder;

beforeEach(() => {
  folder = createStoreFolder(openSqliteStore);
});
afterEach(() => folder.clear());

const day = 24 * 3_600_000;
const megabyte = 1024 * 1024;

/** Writes turns of 40 sessions until `enough`, and answers how large the WAL became (bytes). */
async function writeUntil(store: SqliteStore, enough: () => boolean): Promise<number> {
  const batch = newBatch(40);
  await store.acceptBatch(batch);
  const text = "x".repeat(8_000);
  let largest = 0;
  while (!enough()) {
    const writes = batch.sessions.map(({ id }) =>
      store.write(newWrite(id, { events: [{ type: "repair-request", text }] })),
    );
    await Promise.all(writes);
    largest = Math.max(largest, sizeOf(`${folder.databasePath}-wal`));
  }
  return largest;
}

test("the WAL stays small under a load that writes many times its limit", async () => {
  const store = await folder.open();
  // 200 MB are what a minute of 300 such turns a second writes.
  const largest = await writeUntil(store, () => sizeOf(folder.databasePath) > 200 * megabyte);
  expect(largest).toBeLessThan(24 * megabyte);
});

test("readers that follow on one another for ever cannot keep the WAL growing", async () => {
  const store = await folder.open();
  const readers = [0, 1, 2].map(() => new DatabaseSync(folder.databasePath, { readOnly: true }));
  const over = new AbortController();
  // Always at least two of the three read: a checkpoint that does not wait never starts the WAL anew.
  const reading = readers.map(async (reader, index) => {
    await sleep(index * 30);
    while (!over.signal.aborted) {
      reader.exec("BEGIN; SELECT COUNT(*) FROM meta");
      await sleep(90);
      reader.exec("COMMIT");
    }
    reader.close();
  });
  const deadline = performance.now() + 6_000;
  const largest = await writeUntil(store, () => performance.now() > deadline);
  over.abort();
  await Promise.all(reading);
  console.log(
    "FIG",
    largest / 1e6,
    sizeOf(folder.databasePath) / 1e6,
    sizeOf(`${folder.databasePath}-wal`) / 1e6,
  );
  expect(sizeOf(folder.databasePath)).toBeGreaterThan(60 * megabyte);
  expect(largest).toBeLessThan(120 * megabyte);
});

async function endAt(
  store: SqliteStore,
  endedAt: number,
  given = {},
): Promise<{ id: string; batchId: string }> {
  const { id, batchId } = await acceptOne(store, { createdAt: endedAt - 1_000, ...given });
  const messages = [
    newMessage({ id: `result-${id}`, kind: "result", from: id, to: batchId }),
    newMessage({ to: id }),
  ];
  const settle = newSettle(id, { at: endedAt, calls: [newCall()], messages });
  await store.write({ ...settle, patch: { ...settle.patch, endedAt } });
  return { id, batchId };
}

test("sessions that ended before a time go in steps, with mail and empty batches; their cost stays", async () => {
  const store = await folder.open();
  const old = [];
  for (let index = 0; index < 5; index += 1) old.push(await endAt(store, startMs - 31 * day));
  const recent = await endAt(store, startMs - 29 * day);
  const sweep = () => store.deleteEndedSessions({ endedBefore: startMs - 30 * day, limit: 2 });
  expect([await sweep(), await sweep(), await sweep(), await sweep()]).toEqual([2, 2, 1, 0]);
  for (const { id, batchId } of old) {
    expect(await store.getSession(id)).toBeUndefined();
    expect(await store.getBatch(batchId)).toBeUndefined();
    expect(await store.readJournal({ sessionId: id, afterSeq: 0, limit: 1 })).toEqual([]);
    for (const to of [id, batchId]) {
      expect(await store.listMessages({ to, unackedOnly: false, limit: 1 })).toEqual([]);
    }
  }
  expect(await store.getSession(recent.id)).toMatchObject({ status: "completed" });
  expect(await store.listMessages({ to: recent.batchId, unackedOnly: false, limit: 9 })).toHaveLength(1);
  const costs = { from: 0, to: startMs * 2, groupBy: "provider", utcOffsetMinutes: 0 } as const;
  expect(await store.listCosts(costs)).toMatchObject([{ calls: 6, sessions: 6 }]);
});

test("nothing of a tree goes while one in it lives", async () => {
  const store = await folder.open();
  const parent = await acceptOne(store, { createdAt: startMs - 40 * day });
  const child = await endAt(store, startMs - 35 * day, { parentId: parent.id, rootId: parent.rootId });
  const sweep = () => store.deleteEndedSessions({ endedBefore: startMs - 30 * day, limit: 10 });
  expect(await sweep()).toBe(0);
  await store.write(newSettle(parent.id));
  expect(await sweep()).toBe(1);
  expect(await store.getSession(child.id)).toBeUndefined();
  expect(await store.getSession(parent.id)).toMatchObject({ status: "completed" });
});

test("files that no row names are deleted once they are old; those of sessions and others stay", async () => {
  const store = await folder.open();
  const artifacts = join(dirname(folder.databasePath), "artifacts");
  const { id } = await acceptOne(store);
  await store.putArtifact({ id: "named", sessionId: id, name: "out", text: "text", createdAt: startMs });
  const hourAgo = Date.now() / 1_000 - 3_601;
  for (const name of ["stray", "named", ".hidden"]) {
    if (name !== "named") writeFileSync(join(artifacts, name), "");
    utimesSync(join(artifacts, name), hourAgo, hourAgo);
  }
  writeFileSync(join(artifacts, "fresh"), "");
  mkdirSync(join(artifacts, "folder"));
  const names = ["stray", "named", ".hidden", "fresh", "folder", "gone", "../profclaw.db"];
  expect(await store.deleteStrayArtifacts({ names, before: Date.now() - 3_600_000 })).toBe(1);
  expect(existsSync(join(artifacts, "stray"))).toBe(false);
  for (const name of ["named", ".hidden", "fresh", "folder"]) {
    expect(existsSync(join(artifacts, name))).toBe(true);
  }
});
