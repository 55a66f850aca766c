import type { Thread, ThreadNote, Urgency } from "../../core/thread.ts";
import type { CloseOutcome, NewThread, NoteOutcome, ThreadQuery } from "../threads.ts";
import type { Scope } from "./connection.ts";

export function openThread(scope: Scope, opening: NewThread): "opened" | "known" | "full" {
  const { thread, note, mostOpen, closedBefore } = opening;
  if (getThread(scope, thread.id) !== undefined) return "known";
  scope.statement("DELETE FROM threads WHERE closed_at < ?").run(closedBefore);
  const { open } =
    scope.statement("SELECT COUNT(*) AS open FROM threads WHERE closed_at IS NULL").get() ?? {};
  if (Number(open) >= mostOpen) return "full";
  const { id, title, urgency, author, rootId, cwd, createdAt } = thread;
  scope
    .statement(
      `INSERT INTO threads (id, title, urgency, author, root_id, cwd, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, title, urgency, author, rootId, cwd, createdAt, createdAt);
  addNote(scope, id, note);
  return "opened";
}

const selectThreads = `SELECT threads.*, (SELECT COUNT(*) FROM thread_notes WHERE thread = threads.id) AS notes
  FROM threads`;

export function getThread(scope: Scope, id: string): Thread | undefined {
  const row = scope.statement(`${selectThreads} WHERE id = ?`).get(id);
  return row === undefined ? undefined : toThread(row);
}

/** The conditions of a query, for a statement that reads `threads`. */
function toThreadConditions(query: Omit<ThreadQuery, "limit">): { sql: string; values: string[] } {
  const { isOpen, cwd, seenFrom } = query;
  const conditions = [
    ...(isOpen === undefined ? [] : [{ sql: `closed_at IS ${isOpen ? "" : "NOT "}NULL`, values: [] }]),
    ...(cwd === undefined ? [] : [{ sql: "cwd = ?", values: [cwd] }]),
    ...(seenFrom === undefined
      ? []
      : [{ sql: "(root_id = ? OR root_id IS NULL AND cwd = ?)", values: [seenFrom.rootId, seenFrom.cwd] }]),
  ];
  const where = conditions.map(({ sql }) => sql).join(" AND ");
  return { sql: where === "" ? "" : `WHERE ${where}`, values: conditions.flatMap(({ values }) => values) };
}

export function listThreads(scope: Scope, query: ThreadQuery): Thread[] {
  const { sql, values } = toThreadConditions(query);
  return scope
    .statement(`${selectThreads} ${sql} ORDER BY updated_at DESC, number DESC LIMIT ?`)
    .all(...values, query.limit)
    .map(toThread);
}

export function listNotes(scope: Scope, thread: string): ThreadNote[] {
  return scope
    .statement("SELECT id, author, at, text FROM thread_notes WHERE thread = ? ORDER BY number")
    .all(thread)
    .map(toNote);
}

export function noteThread(
  scope: Scope,
  { id, note, mostNotes }: { id: string; note: ThreadNote; mostNotes: number },
): NoteOutcome {
  const thread = getThread(scope, id);
  if (thread === undefined) return "unknown";
  if (scope.statement("SELECT 1 FROM thread_notes WHERE id = ?").get(note.id) !== undefined) return "noted";
  if (thread.closedAt !== null) return "closed";
  if (thread.notes >= mostNotes) return "full";
  addNote(scope, id, note);
  scope.statement("UPDATE threads SET updated_at = ? WHERE id = ?").run(note.at, id);
  return "noted";
}

export function closeThread(
  scope: Scope,
  closing: { id: string; by: string; at: number; note: ThreadNote | null },
): CloseOutcome {
  const { id, by, at, note } = closing;
  const thread = getThread(scope, id);
  if (thread === undefined) return "unknown";
  if (thread.closedAt !== null) return "already";
  if (note !== null) addNote(scope, id, note);
  scope
    .statement("UPDATE threads SET closed_at = ?, closed_by = ?, updated_at = ? WHERE id = ?")
    .run(at, by, at, id);
  return "closed";
}

function addNote(scope: Scope, thread: string, { id, author, at, text }: ThreadNote): void {
  scope
    .statement("INSERT INTO thread_notes (id, thread, author, at, text) VALUES (?, ?, ?, ?, ?)")
    .run(id, thread, author, at, text);
}

function toThread(raw: object): Thread {
  const row = raw as Record<string, string | number | null>;
  return {
    id: String(row["id"]),
    title: String(row["title"]),
    urgency: row["urgency"] as Urgency,
    author: String(row["author"]),
    rootId: row["root_id"] as string | null,
    cwd: String(row["cwd"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
    closedAt: row["closed_at"] as number | null,
    closedBy: row["closed_by"] as string | null,
    notes: Number(row["notes"]),
  };
}

function toNote(raw: object): ThreadNote {
  const { id, author, at, text } = raw as ThreadNote;
  return { id, author, at, text };
}

export function deleteClosedThreads(
  scope: Scope,
  { before, limit }: { before: number; limit: number },
): number {
  const old = "SELECT number FROM threads WHERE closed_at < ? ORDER BY closed_at LIMIT ?";
  return Number(scope.statement(`DELETE FROM threads WHERE number IN (${old})`).run(before, limit).changes);
}

export function countClosedThreads(scope: Scope, { before }: { before: number }): number {
  const row = scope.statement("SELECT COUNT(*) AS count FROM threads WHERE closed_at < ?").get(before);
  return Number(row?.["count"]);
}
