import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { migrate, readSchemaVersion } from "../../../src/store/sqlite/migrate.ts";
import { checkSqliteVersion } from "../../../src/store/sqlite/sqlite-version.ts";

test.each(["3.51.3", "3.51.10", "3.52.0", "4.0.0"])("SQLite %s is taken", (version) => {
  expect(() => checkSqliteVersion(version)).not.toThrow();
});

test.each(["3.51.2", "3.50.9", "3.45.0", "2.99.99", ""])(
  "SQLite %s is refused, with what to do",
  (version) => {
    expect(() => checkSqliteVersion(version)).toThrow(/can lose committed data.*Use Node/);
  },
);

test("steps that are done are not done again, and new ones are", () => {
  const database = new DatabaseSync(":memory:");
  const steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x)"];
  migrate(database, steps.slice(0, 1));
  migrate(database, steps);
  migrate(database, steps);
  expect(readSchemaVersion(database)).toBe(2);
});

test("a step that fails leaves the database as it was, the steps before it undone too", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, ["CREATE TABLE a (x)"]);
  const steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE TABLE c (x); CREATE TABLE a (x)"];
  expect(() => migrate(database, steps)).toThrow(/already exists/);
  expect(readSchemaVersion(database)).toBe(1);
  expect(database.prepare("SELECT name FROM sqlite_schema").all()).toMatchObject([{ name: "a" }]);
});
