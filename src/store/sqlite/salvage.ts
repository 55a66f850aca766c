import type { DatabaseSync } from "node:sqlite";
import { migrate, readSchemaVersion } from "./migrate.ts";
import type { Recovery } from "./recovery-record.ts";
import type { Salvage } from "./salvage-rows.ts";
import { insertRow, numberedRows, openDamaged, prepare, readRow, readRows } from "./salvage-rows.ts";
import { salvageSessions } from "./salvage-sessions.ts";
import { inTransaction } from "./transaction.ts";

/** What a damaged database gave, and what it did not. */
export type SalvageReport = Pick<Recovery, "salvaged" | "interruptedIds" | "missing">;

// A daemon that still has the damaged file open must never be taken for the present one.
const epochGap = 1_000;

/**
 * Takes out of a damaged database (a path; it is only read) what is readable and newer than `sound`,
 * in one transaction, and brings `sound` to the last of the schema's steps. A sound one may be new.
 */
export function salvageInto(
  sound: DatabaseSync,
  damagedPath: string,
  steps: readonly string[],
): SalvageReport {
  const damaged = openDamaged(damagedPath);
  try {
    // Rows fit the schema they were written under; what comes after it changes them all together.
    migrate(sound, steps.slice(0, readCommonSchema({ damaged, sound }, steps.length)));
    sound.exec("PRAGMA foreign_keys = ON");
    const report = inTransaction(sound, () => salvageAll({ damaged, sound }));
    sound.exec("PRAGMA foreign_keys = OFF");
    migrate(sound, steps);
    return report;
  } finally {
    damaged?.close();
  }
}

function readCommonSchema({ damaged, sound }: Salvage, last: number): number {
  if (damaged === null) return last;
  const version = readSchemaVersion(damaged);
  return version >= Math.max(1, readSchemaVersion(sound)) && version <= last ? version : last;
}

function salvageAll(both: Salvage): SalvageReport {
  raiseEpoch(both);
  bringRows(both, "batches");
  const sessions = salvageSessions(both);
  ackMessages(both);
  bringRows(both, "broadcasts");
  const messages = bringRows(both, "messages");
  const ledger = bringRows(both, "ledger");
  bringTable(both, "idempotency");
  bringRows(both, "peers");
  bringTable(both, "questions");
  bringRows(both, "findings");
  bringTable(both, "votes");
  bringRows(both, "threads");
  bringRows(both, "thread_notes");
  closeThreads(both);
  bringTable(both, "claims");
  bringRows(both, "flows");
  bringRows(both, "flow_rows");
  bringTable(both, "limits");
  bringTable(both, "approval_rules");
  return {
    salvaged: { sessions: sessions.salvaged, messages: messages.brought, ledgerRows: ledger.brought },
    interruptedIds: sessions.interruptedIds,
    missing: { sessions: sessions.missing, messages: messages.missing, ledgerRows: ledger.missing },
  };
}

function raiseEpoch({ damaged, sound }: Salvage): void {
  const seen = readRow(damaged, "SELECT epoch FROM meta WHERE id = ?", 1)?.["epoch"];
  const least = typeof seen === "number" && Number.isSafeInteger(seen + epochGap) ? seen : 0;
  sound.prepare("UPDATE meta SET epoch = MAX(epoch, ?) + ?").run(least, epochGap);
}

/** Rows that are only ever added: those after the backup's last one. */
function bringRows({ damaged, sound }: Salvage, table: string): { brought: number; missing: number } {
  const count = { brought: 0, missing: 0 };
  // The schema that both share may be older than the table.
  if (prepare(sound, "SELECT 1 FROM sqlite_schema WHERE name = ?").get(table) === undefined) return count;
  const last = Number(sound.prepare(`SELECT MAX(number) AS last FROM ${table}`).get()?.["last"] ?? 0);
  for (const { row } of numberedRows(damaged, table, last + 1)) {
    if (row === null) count.missing += 1;
    else if (insertRow(sound, table, row)) count.brought += 1;
  }
  return count;
}

/** Mail that was read since the backup must not be read again. */
function ackMessages({ damaged, sound }: Salvage): void {
  const unacked = sound.prepare("SELECT id FROM messages WHERE acked_at IS NULL").all();
  for (const { id } of unacked) {
    const row = readRow(damaged, "SELECT acked_at FROM messages WHERE id = ?", String(id));
    if (typeof row?.["acked_at"] !== "number") continue;
    prepare(sound, "UPDATE messages SET acked_at = ? WHERE id = ?").run(row["acked_at"], String(id));
  }
}

/** A thread that was closed since the backup is work no more. */
function closeThreads({ damaged, sound }: Salvage): void {
  if (prepare(sound, "SELECT 1 FROM sqlite_schema WHERE name = ?").get("threads") === undefined) return;
  for (const { id } of sound.prepare("SELECT id FROM threads WHERE closed_at IS NULL").all()) {
    const row = readRow(
      damaged,
      "SELECT closed_at, closed_by, updated_at FROM threads WHERE id = ?",
      String(id),
    );
    if (typeof row?.["closed_at"] !== "number") continue;
    const { closed_at: at, closed_by: by = null, updated_at: updatedAt = at } = row;
    prepare(sound, "UPDATE threads SET closed_at = ?, closed_by = ?, updated_at = ? WHERE id = ?").run(
      at,
      by,
      updatedAt,
      String(id),
    );
  }
}

/** Small tables that change in place, if they can be read whole: the damaged database's rows are the newer ones. */
function bringTable({ damaged, sound }: Salvage, table: string): void {
  const found = readRows(damaged, `SELECT * FROM ${table} WHERE 1 = ?`, 1);
  if (found.kind === "unreadable") return;
  sound.exec(`DELETE FROM ${table}`);
  for (const row of found.rows) insertRow(sound, table, row);
}
