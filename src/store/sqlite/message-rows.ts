import { ProfclawError } from "../../core/errors.ts";
import type { SessionId } from "../../core/id.ts";
import type { Delivery, Message } from "../../core/message.ts";
import type { MessageQuery } from "../messages.ts";
import type { Scope } from "./connection.ts";

/** A second one with the same id is the same one: it changes nothing. */
export function postMessage(scope: Scope, message: Message): void {
  scope
    .statement(
      `INSERT INTO messages (id, kind, sender, addressee, created_at, acked_at, content, delivery)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    )
    .run(
      message.id,
      message.kind,
      message.from,
      message.to,
      message.createdAt,
      message.ackedAt,
      message.content,
      message.delivery,
    );
}

/** Acks mail of this addressee; mail of others and mail acked before stays as it is. */
export function ackMessages(scope: Scope, mail: { to: SessionId; at: number; ids: readonly string[] }): void {
  const ack = scope.statement(
    "UPDATE messages SET acked_at = ? WHERE id = ? AND addressee = ? AND acked_at IS NULL",
  );
  for (const id of mail.ids) ack.run(mail.at, id, mail.to);
}

/** In the order in which they came in: clocks may step back, the order may not. */
export function listMessages(scope: Scope, query: MessageQuery): Message[] {
  const unacked = query.unackedOnly ? "AND acked_at IS NULL" : "";
  const unqueued = query.withoutQueued === true ? "AND delivery <> 'queue'" : "";
  return scope
    .statement(
      `${selectMessages} WHERE addressee = ? AND number > ? ${unacked} ${unqueued} ORDER BY number LIMIT ?`,
    )
    .all(query.to, findNumber(scope, query), query.limit)
    .map(toMessage);
}

function findNumber(scope: Scope, { to, afterId }: MessageQuery): number {
  if (afterId === undefined) return 0;
  const row = scope.statement("SELECT number FROM messages WHERE id = ? AND addressee = ?").get(afterId, to);
  if (row !== undefined) return Number(row["number"]);
  throw new ProfclawError(
    "invalid-request",
    "This cursor is unknown. Use next_cursor of the last page as it came.",
    { pointer: "cursor" },
  );
}

export function getMessage(scope: Scope, id: string): Message | undefined {
  const row = scope.statement(`${selectMessages} WHERE id = ?`).get(id);
  return row === undefined ? undefined : toMessage(row);
}

/** True if the addressee has mail that it has not read. */
export function hasUnread(scope: Scope, to: SessionId): boolean {
  const unread = scope.statement("SELECT 1 FROM messages WHERE addressee = ? AND acked_at IS NULL LIMIT 1");
  return unread.get(to) !== undefined;
}

const selectMessages = `
  SELECT id, kind, sender, addressee, content, created_at, acked_at, delivery FROM messages`;

interface MessageRow {
  id: string;
  kind: Message["kind"];
  sender: string;
  addressee: string;
  content: string;
  created_at: number;
  acked_at: number | null;
  delivery: Delivery;
}

function toMessage(raw: object): Message {
  const row = raw as MessageRow;
  return {
    id: row.id,
    kind: row.kind,
    from: row.sender,
    to: row.addressee,
    content: row.content,
    createdAt: row.created_at,
    ackedAt: row.acked_at,
    delivery: row.delivery,
  };
}
