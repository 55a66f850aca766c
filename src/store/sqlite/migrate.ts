import type { DatabaseSync } from "node:sqlite";
import { ProfclawError } from "../../core/errors.ts";
import { inTransaction } from "./transaction.ts";

/**
 * Brings the schema to the last step, all missing steps in one transaction: one that fails leaves the
 * database as it was. A database that a newer program wrote is ProfclawError("config-invalid") and
 * stays as it is.
 */
export function migrate(database: DatabaseSync, steps: readonly string[]): void {
  const found = readSchemaVersion(database);
  refuseNewer(found, steps.length);
  if (found === steps.length) return;
  inTransaction(database, () => {
    // Read again under the lock: another start may have been quicker.
    const missing = steps.slice(readSchemaVersion(database));
    if (missing.length === 0) return;
    for (const sql of missing) database.exec(sql);
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** The number of the last step that the database has seen; 0 for a new one. */
export function readSchemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

function refuseNewer(found: number, known: number): void {
  if (found <= known) return;
  throw new ProfclawError(
    "config-invalid",
    `The database was written by a newer profclaw (schema ${found}; this program knows ${known}). ` +
      "Update profclaw, or set PROFCLAW_HOME to another folder.",
  );
}
