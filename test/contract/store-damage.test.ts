import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listBackups } from "../../src/store/sqlite/backups.ts";
import { toDatabaseFiles } from "../../src/store/sqlite/database-files.ts";
import { openInProcessStore } from "../../src/store/sqlite/open-in-process-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import { readSuspicions } from "../../src/store/sqlite/recovery-record.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { breakPage, checkIntegrity, flipBytes, keptAside, pagesOf, sizeOf } from "../support/store-damage.ts";
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
  folder = createStoreFolder(openInProcessStore);
});
afterEach(() => folder.clear());

const allCosts = { from: 0, to: startMs * 2, groupBy: "session", utcOffsetMinutes: 0 } as const;

/** Opens what is damaged by now, and makes sure that the outcome is sound. */
async function heal(): Promise<SqliteStore> {
  const store = await folder.open();
  expect(checkIntegrity(folder.databasePath)).toBe("ok");
  return store;
}

/** Opens, reads every session and journal, closes; rejects where a text turns out broken. */
async function readAll(): Promise<number> {
  const store = await heal();
  try {
    const { sessions } = await store.listSessions({ limit: 100 });
    for (const { id } of sessions) await store.readJournal({ sessionId: id, afterSeq: 0, limit: 100 });
    return sessions.length;
  } finally {
    await store.close();
  }
}

/** A settled session whose journal text is broken: no check of a small look sees it. */
async function breakText(): Promise<string> {
  const store = await folder.open();
  const { id } = await acceptOne(store);
  await store.write(newSettle(id));
  await store.close();
  const database = new DatabaseSync(folder.databasePath);
  database.exec("UPDATE journal SET event = substr(event, 1, 20) WHERE seq = 2");
  database.close();
  return id;
}

describe("a database that is no database any more", () => {
  const ruin: Record<string, (path: string) => void> = {
    "overwritten with text": (path) => writeFileSync(path, "my diary\n".repeat(1_000)),
    "cut to half its length": (path) => truncateSync(path, Math.floor(sizeOf(path) / 8_192) * 4_096),
    "cut in the middle of a page": (path) => truncateSync(path, 5_000),
    "cut to nothing": (path) => truncateSync(path, 0),
    deleted: (path) => rmSync(path),
    "without its header": (path) => breakPage(path, 1),
  };

  test.each(Object.keys(ruin))("%s: the last backup takes its place, and it is said", async (name) => {
    const before = await folder.open();
    const kept = await acceptOne(before, { task: "kept" });
    await before.write(newSettle(kept.id, { calls: [newCall()] }));
    expect(await before.backUp()).toMatchObject({ kind: "taken" });
    await before.close();
    ruin[name]?.(folder.databasePath);
    const remains = sizeOf(folder.databasePath, 0);

    const after = await heal();
    expect(after.healed).toMatchObject({ restoredFrom: { takenAt: new Date(startMs).toISOString() } });
    expect(after.recoveries).toHaveLength(1);
    expect(await after.getSession(kept.id)).toMatchObject({ status: "completed", turns: 0 });
    expect(await after.listCosts(allCosts)).toMatchObject([{ calls: 1 }]);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    if (remains > 0) expect(keptAside(folder.databasePath).map((path) => sizeOf(path))).toContain(remains);
  });

  test("without any backup a new one is begun, and the old file is there to look at", async () => {
    await (await folder.open()).close();
    writeFileSync(folder.databasePath, "my diary\n".repeat(1_000));
    const store = await heal();
    expect(store.healed).toMatchObject({
      restoredFrom: null,
      cause: expect.stringContaining("not a database"),
    });
    expect((await store.listSessions({ limit: 10 })).sessions).toEqual([]);
    const [kept = ""] = keptAside(folder.databasePath);
    expect(readFileSync(kept, "utf8")).toMatch(/^my diary/);
    expect(statSync(folder.databasePath).mode & 0o777).toBe(0o600);
  });

  test("a damaged backup is passed over for an older good one", async () => {
    const before = await folder.open();
    const { id } = await acceptOne(before);
    await before.backUp();
    folder.clock.advance(3_600_000);
    await acceptOne(before);
    await before.backUp();
    await before.close();
    const [newest, oldest] = listBackups(toDatabaseFiles(folder.databasePath));
    breakPage(newest?.path ?? "", 3);
    writeFileSync(folder.databasePath, "nothing");
    const after = await heal();
    expect(after.healed?.restoredFrom?.takenAt).toBe(new Date(oldest?.takenAt ?? 0).toISOString());
    expect((await after.listSessions({ limit: 10 })).sessions.map((session) => session.id)).toEqual([id]);
  });

  test("living sessions of the backup are named: what they did since is not known", async () => {
    const before = await folder.open();
    const running = await acceptOne(before);
    await before.backUp();
    await before.close();
    writeFileSync(folder.databasePath, "nothing");
    const after = await heal();
    expect(after.healed?.interruptedIds).toEqual([running.id]);
  });
});

/** 60 sessions with long journals, a backup after the first 40, everything closed. */
async function fillFolder(): Promise<{ ids: string[]; live: string; late: string[] }> {
  const store = await folder.open();
  const text = "x".repeat(1_500);
  const write = async (task: string): Promise<string> => {
    const { id, batchId } = await acceptOne(store, { task, labels: { task } });
    const events = Array.from({ length: 8 }, () => ({ type: "repair-request" as const, text }));
    await store.write(newWrite(id, { events, calls: [newCall()] }));
    await store.write(newSettle(id, { messages: [newMessage({ to: batchId, content: task })] }));
    return id;
  };
  const ids: string[] = [];
  const live = await acceptOne(store, { task: "live" });
  for (let index = 0; index < 40; index += 1) ids.push(await write(`early ${index}`));
  await store.backUp();
  const late: string[] = [];
  for (let index = 0; index < 20; index += 1) late.push(await write(`late ${index}`));
  await store.write(newWrite(live.id, { events: [{ type: "wait-end" }], patch: { status: "running" } }));
  await store.close();
  return { ids, live: live.id, late };
}

describe("a database with broken pages", () => {
  test("what is newer than the backup and readable is brought over; a whole living session goes on", async () => {
    const { live, late, ids } = await fillFolder();
    // The journal pages of the first sessions: those are in the backup.
    breakPage(folder.databasePath, pagesOf(folder.databasePath, "journal")[2] ?? 0);
    const store = await heal();
    expect(store.healed).toMatchObject({
      salvaged: { sessions: 21, messages: 20, ledgerRows: 20 },
      interruptedIds: [],
      missing: { sessions: [], messages: 0, ledgerRows: 0 },
    });
    for (const id of [...ids, ...late]) {
      expect(await store.getSession(id)).toMatchObject({ status: "completed", lastSeq: 10 });
      expect(await store.readJournal({ sessionId: id, afterSeq: 0, limit: 20 })).toHaveLength(10);
    }
    expect(await store.getSession(live)).toMatchObject({ status: "running", lastSeq: 2 });
    expect((await store.listSessions({ limit: 1, labels: { task: "late 7" } })).sessions).toHaveLength(1);
    expect(await store.listCosts({ ...allCosts, groupBy: "provider" })).toMatchObject([{ calls: 60 }]);
  });

  test("a new session whose journal is broken keeps its readable part, and is reported with its task", async () => {
    const { late } = await fillFolder();
    const pages = pagesOf(folder.databasePath, "journal");
    breakPage(folder.databasePath, pages.at(-8) ?? 0);
    const store = await heal();
    const { missing, salvaged } = store.healed ?? {};
    expect(salvaged?.sessions).toBe(21);
    expect(missing?.sessions.length).toBeGreaterThan(0);
    for (const { id, task, status } of missing?.sessions ?? []) {
      expect(late).toContain(id);
      expect(task).toMatch(/^late/);
      expect(status).toBe("completed");
      const { lastSeq } = (await store.getSession(id ?? "")) ?? {};
      expect(lastSeq).toBeLessThan(10);
      const journal = await store.readJournal({ sessionId: id ?? "", afterSeq: 0, limit: 20 });
      expect(journal).toHaveLength(lastSeq ?? -1);
    }
    const written: unknown = JSON.parse(
      readFileSync(join(dirname(folder.databasePath), "recovery.json"), "utf8"),
    );
    expect(written).toEqual([store.healed]);
  });

  test("a broken page of any table never stops the opening, and the outcome is sound", async () => {
    await fillFolder();
    const whole = readFileSync(folder.databasePath);
    const backups = join(dirname(folder.databasePath), "backups");
    for (const table of ["sessions", "specs", "journal", "messages", "ledger", "meta", "batches", "labels"]) {
      const pages = pagesOf(folder.databasePath, table);
      breakPage(folder.databasePath, pages.at(-1) ?? 0);
      const store = await heal();
      expect(store.healed).not.toBeNull();
      expect((await store.listSessions({ limit: 100 })).sessions.length).toBeGreaterThanOrEqual(41);
      await store.close();
      expect(readdirSync(backups)).toHaveLength(1);
      writeFileSync(folder.databasePath, whole);
      folder.clock.advance(1_000);
    }
  });

  test("flipped bytes anywhere: after one more opening at most everything reads to its end", async () => {
    await fillFolder();
    const whole = readFileSync(folder.databasePath);
    // Spread over the file by a fixed stride, so that a failure can be seen again.
    for (let round = 0; round < 24; round += 1) {
      const offsets = [0, 1, 2].map((step) => (round * 104_729 + step * 15_485_863) % whole.length);
      flipBytes(folder.databasePath, offsets);
      const count = await readAll().catch(readAll);
      expect(count).toBeGreaterThanOrEqual(40);
      writeFileSync(folder.databasePath, whole);
      folder.clock.advance(1_000);
    }
  });
});

test("a restore that was cut off before its last step is finished by the next opening", async () => {
  const before = await folder.open();
  const { id } = await acceptOne(before);
  await before.backUp();
  await before.close();
  writeFileSync(folder.databasePath, "nothing");
  const first = await folder.open();
  await first.close();
  // As the last rename left it undone: the outcome lies ready, the damaged file has been moved.
  const [kept = ""] = keptAside(folder.databasePath);
  const time = kept.split(".corrupt-")[1] ?? "";
  const ready = `${folder.databasePath}.restored-${time}`;
  writeFileSync(ready, readFileSync(folder.databasePath), { mode: 0o600 });
  rmSync(folder.databasePath);
  const second = await folder.open();
  expect(second.healed).toBeNull();
  expect(second.recoveries).toHaveLength(1);
  expect(await second.getSession(id)).toMatchObject({ id });
});

describe("damage that shows while the store is open", () => {
  test("ends the store, and the next opening looks closely and heals it", async () => {
    const id = await breakText();
    const store = await openSqliteStore({
      path: folder.databasePath,
      artifactsPath: join(folder.path, "artifacts"),
      clock: folder.clock,
    });
    await expect(store.readJournal({ sessionId: id, afterSeq: 0, limit: 5 })).rejects.toMatchObject({
      name: "DamagedStoreError",
    });
    expect(await store.lost).toMatchObject({ name: "DamagedStoreError" });
    await store.close();
    const healed = await heal();
    expect(healed.healed).toMatchObject({ missing: { sessions: [{ id, status: "completed" }] } });
    expect(await healed.readJournal({ sessionId: id, afterSeq: 0, limit: 5 })).toHaveLength(1);
    expect(readSuspicions(toDatabaseFiles(folder.databasePath))).toEqual([]);
  });

  test("a complaint that a close look does not confirm is not held against it, the second in an hour is", async () => {
    await (await folder.open()).close();
    const note = { at: folder.clock.now(), detail: "database disk image is malformed", isChecked: false };
    const { suspicions } = toDatabaseFiles(folder.databasePath);
    writeFileSync(suspicions, JSON.stringify([note]));
    const first = await folder.open();
    expect(first.healed).toBeNull();
    await first.close();
    const second = await folder.open();
    expect(second.healed).toBeNull();
    await second.close();
    writeFileSync(suspicions, JSON.stringify([{ ...note, isChecked: true }, note]));
    expect((await folder.open()).healed?.cause).toContain("again and again");
  });
});

test("backups are for the user alone, checked, and the newest three are kept", async () => {
  const store = await folder.open();
  const files = toDatabaseFiles(folder.databasePath);
  for (let hour = 0; hour < 5; hour += 1) {
    await store.acceptBatch(newBatch(3));
    // A file's time counts in the kernel's ticks: within one, a write could not be told from the backup.
    await sleep(20);
    expect(await store.backUp()).toMatchObject({ kind: "taken" });
    folder.clock.advance(3_600_000);
  }
  expect(await store.backUp()).toEqual({ kind: "unchanged" });
  const backups = listBackups(files);
  expect(backups.map(({ takenAt }) => takenAt)).toEqual([4, 3, 2].map((hour) => startMs + hour * 3_600_000));
  expect(readdirSync(files.backups)).toHaveLength(3);
  for (const { path } of backups) expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(files.backups).mode & 0o777).toBe(0o700);
});

test("a backup in a worker is whole although writes go on all the while", async () => {
  const store = await openSqliteStore({
    path: folder.databasePath,
    artifactsPath: join(folder.path, "artifacts"),
    clock: folder.clock,
  });
  const done = new AbortController();
  const writing = (async () => {
    let count = 0;
    for (; !done.signal.aborted; count += 20) await store.acceptBatch(newBatch(20));
    return count;
  })();
  const outcome = await store.backUp();
  done.abort();
  const written = await writing;
  await store.close();
  expect(outcome.kind).toBe("taken");
  const [backup] = listBackups(toDatabaseFiles(folder.databasePath));
  expect(checkIntegrity(backup?.path ?? "")).toBe("ok");
  const copy = new DatabaseSync(backup?.path ?? "", { readOnly: true });
  const count = Number(copy.prepare("SELECT COUNT(*) AS count FROM sessions").get()?.["count"]);
  copy.close();
  expect(count % 20).toBe(0);
  expect(count).toBeLessThanOrEqual(written);
});
