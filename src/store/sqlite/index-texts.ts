import type { JournalEvent } from "../../core/journal.ts";
import type { TextKind } from "../../core/text-kind.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";

// What is searched for stands near the beginning, or in a text of its own.
const mostCharacters: Record<TextKind, number> = {
  task: 8_000,
  turn: 8_000,
  tool: 2_000,
  result: 32_000,
  message: 16_000,
  finding: 16_384,
  note: 16_384,
};

interface Position {
  journal: number;
  messages: number;
  findings: number;
  notes: number;
}

/** Takes what was written since the last time into the index; answers how many journal entries are left. */
export function indexTexts(scope: Scope, limit: number): number {
  const before = scope
    .statement("SELECT journal, messages, findings, notes FROM search_position")
    .get() as unknown as Position;
  const after: Position = {
    journal: indexJournal(scope, before.journal, limit),
    messages: indexMessages(scope, before.messages, limit),
    findings: indexFindings(scope, before.findings, limit),
    notes: indexNotes(scope, before.notes, limit),
  };
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    scope
      .statement("UPDATE search_position SET journal = ?, messages = ?, findings = ?, notes = ?")
      .run(after.journal, after.messages, after.findings, after.notes);
  }
  const newest = scope.statement("SELECT COALESCE(MAX(number), 0) AS number FROM journal").get();
  return Math.max(0, Number(newest?.["number"]) - after.journal);
}

interface EntryRow {
  number: number;
  session_number: number;
  session: string;
  root_id: string;
  at: number;
  event: string;
}

function indexJournal(scope: Scope, after: number, limit: number): number {
  const rows = scope
    .statement(
      `SELECT journal.number, journal.session AS session_number, sessions.id AS session, root_id, at, event
       FROM journal JOIN sessions ON sessions.number = journal.session
       WHERE journal.number > ? ORDER BY journal.number LIMIT ?`,
    )
    .all(after, limit) as unknown as EntryRow[];
  for (const row of rows) indexEntry(scope, row);
  return rows.at(-1)?.number ?? after;
}

function indexEntry(scope: Scope, row: EntryRow): void {
  const event = parseStored(row.event) as JournalEvent;
  const place = { session: row.session, root_id: row.root_id, ref: row.session, at: row.at };
  if (event.type === "session-create") {
    addText(scope, { ...place, kind: "task", text: readTask(scope, row.session_number) });
  } else if (event.type === "turn-end") {
    const texts = event.content.flatMap((part) => (part.type === "text" ? [part.text] : []));
    addText(scope, { ...place, kind: "turn", text: texts.join("\n") });
  } else if (event.type === "tool-result") {
    addText(scope, { ...place, kind: "tool", text: event.text });
  } else if (event.type === "session-end") {
    const text = toEndText(event);
    // The last turn said it too: found once is enough.
    scope
      .statement("DELETE FROM search_texts WHERE session = ? AND kind = 'turn' AND text = ?")
      .run(row.session, cut(text, "turn"));
    addText(scope, { ...place, kind: "result", text });
  }
}

function toEndText({ end }: Extract<JournalEvent, { type: "session-end" }>): string {
  const result = end.result?.text ?? "";
  return end.status === "completed" ? result : `${end.error.detail}\n${result}`.trim();
}

function readTask(scope: Scope, session: number): string {
  const row = scope.statement("SELECT spec ->> '$.task' AS task FROM specs WHERE session = ?").get(session);
  return String(row?.["task"] ?? "");
}

interface MessageRow {
  number: number;
  id: string;
  session: string;
  root_id: string;
  at: number;
  text: string;
}

/** Those to sessions, one to many once in each tree; results are found as what their sessions came to. */
function indexMessages(scope: Scope, after: number, limit: number): number {
  const rows = scope
    .statement(
      `SELECT messages.number, COALESCE(broadcast_id, messages.id) AS id, sessions.id AS session, root_id,
         messages.created_at AS at, COALESCE(broadcasts.content, messages.content) AS text
       FROM messages JOIN sessions ON sessions.id = addressee
         LEFT JOIN broadcasts ON broadcasts.id = broadcast_id
       WHERE messages.number > ? AND kind <> 'result' AND NOT EXISTS (
         SELECT 1 FROM messages AS before JOIN sessions AS its ON its.id = before.addressee
         WHERE before.broadcast_id = messages.broadcast_id AND before.number < messages.number
           AND its.root_id = sessions.root_id)
       ORDER BY messages.number LIMIT ?`,
    )
    .all(after, limit) as unknown as MessageRow[];
  for (const { id: ref, session, root_id, at, text } of rows) {
    addText(scope, { kind: "message", session, root_id, ref, at, text });
  }
  return rows.at(-1)?.number ?? after;
}

type WrittenRow = Omit<NewText, "kind"> & { number: number };

function indexFindings(scope: Scope, after: number, limit: number): number {
  const rows = scope
    .statement(
      `SELECT findings.number, findings.id AS ref, COALESCE(sessions.id, '') AS session,
         COALESCE(findings.root_id, '') AS root_id, findings.created_at AS at, text
       FROM findings LEFT JOIN sessions ON sessions.id = author
       WHERE findings.number > ? ORDER BY findings.number LIMIT ?`,
    )
    .all(after, limit) as unknown as WrittenRow[];
  for (const row of rows) addText(scope, { ...row, kind: "finding" });
  return rows.at(-1)?.number ?? after;
}

/** With the title of their thread: it says what a note is about. */
function indexNotes(scope: Scope, after: number, limit: number): number {
  const rows = scope
    .statement(
      `SELECT thread_notes.number, thread AS ref, '' AS session, COALESCE(root_id, '') AS root_id, at,
         title || char(10) || text AS text
       FROM thread_notes JOIN threads ON threads.id = thread
       WHERE thread_notes.number > ? ORDER BY thread_notes.number LIMIT ?`,
    )
    .all(after, limit) as unknown as WrittenRow[];
  for (const row of rows) addText(scope, { ...row, kind: "note" });
  return rows.at(-1)?.number ?? after;
}

interface NewText {
  kind: TextKind;
  session: string;
  root_id: string;
  ref: string;
  at: number;
  text: string;
}

function addText(scope: Scope, { kind, session, root_id: root, ref, at, text }: NewText): void {
  const kept = cut(text, kind);
  if (kept.trim() === "") return;
  scope
    .statement("INSERT INTO search_texts (kind, session, root_id, ref, at, text) VALUES (?, ?, ?, ?, ?, ?)")
    .run(kind, session, root, ref, at, kept);
}

/** Never half a character: SQLite would store another one in its place. */
function cut(text: string, kind: TextKind): string {
  return text.slice(0, mostCharacters[kind]).replace(/[\uD800-\uDBFF]$/, "");
}
