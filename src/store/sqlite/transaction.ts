import type { DatabaseSync } from "node:sqlite";

/** Runs `body` in BEGIN IMMEDIATE … COMMIT; a throw rolls back and goes on up. */
export function inTransaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = body();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk has SQLite roll back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
