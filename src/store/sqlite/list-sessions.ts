import { createHmac } from "node:crypto";
import { ProfclawError } from "../../core/errors.ts";
import type { SessionPage, SessionQuery } from "../store.ts";
import type { Connection, Scope } from "./connection.ts";
import { selectSessions, toSessionRecord } from "./session-rows.ts";

/** A place in the list: what comes after it is older. */
interface Place {
  created_at: number;
  number: number;
}

interface Condition {
  sql: string;
  values: (string | number)[];
}

/**
 * One page, newest first. The page is found on the indexes alone and the rows are read after that,
 * so a long list of sessions with long results costs no more than its page.
 */
export function listSessions(scope: Scope, query: SessionQuery): SessionPage {
  const conditions = toConditions(scope, query);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  const places = scope
    .statement(
      `SELECT created_at, number FROM sessions ${where} ORDER BY created_at DESC, number DESC LIMIT ?`,
    )
    // One more than asked tells whether there is a next page.
    .all(...conditions.flatMap(({ values }) => values), query.limit + 1) as unknown as Place[];
  const page = places.slice(0, query.limit);
  const read = scope.statement(`${selectSessions} WHERE sessions.number = ?`);
  const last = page.at(-1);
  return {
    sessions: page.flatMap(({ number }) => read.all(number).map(toSessionRecord)),
    nextCursor: last !== undefined && places.length > page.length ? toCursor(scope, last) : null,
  };
}

function toConditions(scope: Scope, query: SessionQuery): Condition[] {
  const conditions: Condition[] = [];
  if (query.statuses !== undefined) {
    const marks = query.statuses.map(() => "?").join(", ");
    conditions.push({ sql: `status IN (${marks})`, values: query.statuses });
  }
  for (const [column, value] of Object.entries(toColumnFilters(query))) {
    if (value !== undefined) conditions.push({ sql: `${column} = ?`, values: [value] });
  }
  if (query.peerId !== undefined) {
    conditions.push({
      sql: "root_id IN (SELECT id FROM batches WHERE peer_id = ?)",
      values: [query.peerId],
    });
  }
  for (const label of Object.entries(query.labels ?? {})) {
    conditions.push({
      sql: "number IN (SELECT session FROM labels WHERE key = ? AND value = ?)",
      values: label,
    });
  }
  if (query.cursor !== undefined) {
    const place = parseCursor(scope, query.cursor);
    conditions.push({ sql: "(created_at, number) < (?, ?)", values: [place.created_at, place.number] });
  }
  return conditions;
}

function toColumnFilters(query: SessionQuery): Record<string, string | undefined> {
  return { parent_id: query.parentId, batch_id: query.batchId, root_id: query.rootId };
}

function toCursor(connection: Connection, place: Place): string {
  const text = `${place.created_at}-${place.number}`;
  return `${text}-${sign(connection, text)}`;
}

function parseCursor(connection: Connection, cursor: string): Place {
  const [, createdAt, number, signature] = /^(\d+)-(\d+)-([\w-]+)$/.exec(cursor) ?? [];
  if (signature === undefined || signature !== sign(connection, `${createdAt}-${number}`)) {
    throw new ProfclawError(
      "invalid-request",
      "This cursor is unknown. Use next_cursor of the last page as it came.",
      {
        pointer: "cursor",
      },
    );
  }
  return { created_at: Number(createdAt), number: Number(number) };
}

function sign(connection: Connection, text: string): string {
  return createHmac("sha256", connection.cursorSecret).update(text).digest("base64url").slice(0, 16);
}
