import type { Scope } from "./connection.ts";

/** The search for one table: ids that start with `prefix`, in the order of acceptance. */
export function createIdSearch(table: "sessions" | "batches" | "peers" | "findings" | "threads" | "flows") {
  // A range and not LIKE: the prefix comes from people, and the range is one walk along the index.
  const sql = `SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY number LIMIT ?`;
  return (scope: Scope, prefix: string, limit: number): string[] =>
    scope
      .statement(sql)
      .all(prefix, `${prefix}\u{10ffff}`, limit)
      .map((row) => String(row["id"]));
}
