import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { migrate, readSchemaVersion } from "../../src/store/sqlite/migrate.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import { openInProcessStore } from "../../src/store/sqlite/open-in-process-store.ts";
import { breakPage, createDatabaseOfSchema, keptAside, pagesOf } from "../support/store-damage.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import { acceptOne, createStoreFolder, newSettle, startMs } from "../support/store-fixture.ts";

let folder: StoreFolder;

beforeEach(() => {
  folder = createStoreFolder(openInProcessStore);
  mkdirSync(dirname(folder.databasePath), { recursive: true });
});
afterEach(() => folder.clear());

/** One session in the words of the first schema; later steps have to carry it along. */
function addOldSession(database: DatabaseSync, id: string): void {
  const spec = { id, batchId: `${id}-batch`, task: "old", provider: "groq", model: "m", labels: {} };
  database.prepare("INSERT INTO batches (id, parent_id, created_at) VALUES (?, NULL, 1)").run(spec.batchId);
  database
    .prepare(
      `INSERT INTO sessions (id, batch_id, root_id, created_at, status, last_seq)
       VALUES (?, ?, ?, 1, 'queued', 1)`,
    )
    .run(id, spec.batchId, spec.batchId);
  database.prepare("INSERT INTO specs (session, spec) VALUES (1, ?)").run(JSON.stringify(spec));
  database
    .prepare("INSERT INTO journal (session, seq, at, event) VALUES (1, 1, 1, ?)")
    .run(JSON.stringify({ type: "session-create" }));
}

function backupNames(): string[] {
  return readdirSync(join(dirname(folder.databasePath), "backups"));
}

test("a database of the schema before opens with all it had, and is backed up as it was", async () => {
  const old = createDatabaseOfSchema(folder.databasePath, migrations.length - 1);
  addOldSession(old, "an-old-session");
  old.close();
  const store = await folder.open();
  expect(store.healed).toBeNull();
  expect(await store.getSession("an-old-session")).toMatchObject({ task: "old", status: "queued" });
  expect(await store.write(newSettle("an-old-session"))).toMatchObject({ kind: "written" });
  await acceptOne(store);
  const [name = ""] = backupNames();
  expect(name).toMatch(/^profclaw-before-migration-.*\.db$/);
  const backup = new DatabaseSync(join(dirname(folder.databasePath), "backups", name), { readOnly: true });
  expect(readSchemaVersion(backup)).toBe(migrations.length - 1);
  backup.close();
});

test("a database of a real later schema is refused, and neither it nor its folder changes", async () => {
  const newer = new DatabaseSync(folder.databasePath);
  migrate(newer, [...migrations, "CREATE TABLE later (x INTEGER) STRICT; INSERT INTO later VALUES (7)"]);
  newer.close();
  const before = readFileSync(folder.databasePath);
  await expect(folder.open()).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringMatching(
      new RegExp(`schema ${migrations.length + 1}; this program knows ${migrations.length}`),
    ),
  });
  expect(readFileSync(folder.databasePath).equals(before)).toBe(true);
  expect(keptAside(folder.databasePath)).toEqual([]);
});

test("a step that fails leaves the database as it was, and the program before still opens it", async () => {
  const store = await folder.open();
  const { id } = await acceptOne(store);
  await store.close();
  const before = readFileSync(folder.databasePath);
  const steps = [...migrations, "CREATE TABLE fine (x) STRICT", "CREATE TABLE sessions (x) STRICT"];
  const artifactsPath = join(folder.path, "artifacts");
  const opening = openConnection({ path: folder.databasePath, artifactsPath, now: startMs, steps });
  await expect(opening).rejects.toThrow();
  expect(readFileSync(folder.databasePath).equals(before)).toBe(true);
  expect(backupNames()).toHaveLength(1);
  const again = await folder.open();
  expect(again.healed).toBeNull();
  expect(await again.getSession(id)).toMatchObject({ id });
});

test("a damaged database of the schema before is healed and brought up to date", async () => {
  const old = createDatabaseOfSchema(folder.databasePath, migrations.length - 1);
  addOldSession(old, "an-old-session");
  old.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  old.close();
  breakPage(folder.databasePath, pagesOf(folder.databasePath, "labels")[0] ?? 0);
  const store = await folder.open();
  expect(store.healed).toMatchObject({ restoredFrom: null, salvaged: { sessions: 1 } });
  expect(await store.getSession("an-old-session")).toMatchObject({ task: "old" });
  await acceptOne(store);
});

test("a file of another program with the same name is kept aside, not written to", async () => {
  const text = "SQLite format 3 is what this text begins with\n".repeat(200);
  writeFileSync(folder.databasePath, text);
  const store = await folder.open();
  await acceptOne(store);
  const [kept = ""] = keptAside(folder.databasePath);
  expect(readFileSync(kept, "utf8")).toBe(text);
});
