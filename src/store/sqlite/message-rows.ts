import { ProfclawError } from "../../core/errors.ts";
import type { Address, Delivery, Message } from "../../core/message.ts";
import type { MailAck } from "../mail.ts";
import type { MessageQuery } from "../messages.ts";
import type { Scope } from "./connection.ts";

/** A second one with the same id is the same one: it changes nothing. A broadcast's text stands with the broadcast. */
export function postMessage(scope: Scope, message: Message, broadcastId: string | null = null): void {
  scope
    .statement(
      `INSERT INTO messages (id, kind, sender, addressee, created_at, acked_at, content, delivery, reply_to,
         broadcast_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
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
      message.replyTo ?? null,
      broadcastId,
    );
}

/** Acks mail of this addressee; mail of others and mail acked before stays as it is. Answers how many. */
export function ackMail(scope: Scope, mail: MailAck): number {
  const ack = scope.statement(
    "UPDATE messages SET acked_at = ?, ack_key = ? WHERE id = ? AND addressee = ? AND acked_at IS NULL",
  );
  let count = 0;
  for (const id of mail.ids) count += Number(ack.run(mail.at, mail.key ?? null, id, mail.to).changes);
  return count;
}

/** In the order in which they came in: clocks may step back, the order may not. */
export function listMessages(scope: Scope, query: MessageQuery): Message[] {
  const unacked = query.unackedOnly ? "AND acked_at IS NULL" : "";
  const unqueued = query.withoutQueued === true ? "AND delivery <> 'queue'" : "";
  const unresulted = query.withoutResults === true ? "AND kind <> 'result'" : "";
  const keyed = query.ackKey === undefined ? "" : "AND ack_key = ?";
  const keys = query.ackKey === undefined ? [] : [query.ackKey];
  return scope
    .statement(
      `${selectMessages} WHERE addressee = ? AND messages.number > ? ${unacked} ${unqueued} ${unresulted} ${keyed} ORDER BY messages.number LIMIT ?`,
    )
    .all(query.to, findNumber(scope, query), ...keys, query.limit)
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
  const row = scope.statement(`${selectMessages} WHERE messages.id = ?`).get(id);
  return row === undefined ? undefined : toMessage(row);
}

/** True if the addressee has mail that it has not read. */
export function hasUnread(scope: Scope, to: Address): boolean {
  const unread = scope.statement("SELECT 1 FROM messages WHERE addressee = ? AND acked_at IS NULL LIMIT 1");
  return unread.get(to) !== undefined;
}

export function countUnread(scope: Scope, to: Address): number {
  const unread = scope.statement(
    "SELECT COUNT(*) AS count FROM messages WHERE addressee = ? AND acked_at IS NULL",
  );
  return Number(unread.get(to)?.["count"]);
}

const selectMessages = `
  SELECT messages.id, kind, sender, addressee, COALESCE(broadcasts.content, messages.content) AS content,
    created_at, acked_at, delivery, reply_to
  FROM messages LEFT JOIN broadcasts ON broadcasts.id = messages.broadcast_id`;

interface MessageRow {
  id: string;
  kind: Message["kind"];
  sender: string;
  addressee: string;
  content: string;
  created_at: number;
  acked_at: number | null;
  delivery: Delivery;
  reply_to: string | null;
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
    ...(row.reply_to === null ? {} : { replyTo: row.reply_to }),
  };
}
