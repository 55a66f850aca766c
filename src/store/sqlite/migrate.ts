import type { DatabaseSync } from "node:sqlite";
import { ProfclawError } from "../../core/errors.ts";
import { inTransaction } from "./transaction.ts";

/**
 * Brings the schema to the last step, each step in a transaction of its own. A database that a newer
 * program wrote is ProfclawError("config-invalid") and stays as it is.
 */
export function migrate(database: DatabaseSync, steps: readonly string[]): void {
  refuseNewer(readSchemaVersion(database), steps.length);
  for (const [index, sql] of steps.entries()) applyStep(database, { version: index + 1, sql });
}

function applyStep(database: DatabaseSync, step: { version: number; sql: string }): void {
  if (readSchemaVersion(database) >= step.version) return;
  inTransaction(database, () => {
    // Read again under the lock: another start may have been quicker.
    if (readSchemaVersion(database) >= step.version) return;
    database.exec(step.sql);
    database.exec(`PRAGMA user_version = ${step.version}`);
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
