import type { SessionId } from "../../core/id.ts";
import type { Message } from "../../core/message.ts";
import type { MessageQuery } from "../store.ts";
import type { Scope } from "./connection.ts";

/** A second one with the same id is the same one: it changes nothing. */
export function postMessage(scope: Scope, message: Message): void {
  scope
    .statement(
      `INSERT INTO messages (id, kind, sender, addressee, created_at, acked_at, content)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    )
    .run(
      message.id,
      message.kind,
      message.from,
      message.to,
      message.createdAt,
      message.ackedAt,
      message.content,
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
  return scope
    .statement(
      `SELECT id, kind, sender, addressee, content, created_at, acked_at
       FROM messages WHERE addressee = ? ${unacked} ORDER BY number LIMIT ?`,
    )
    .all(query.to, query.limit)
    .map(toMessage);
}

interface MessageRow {
  id: string;
  kind: Message["kind"];
  sender: string;
  addressee: string;
  content: string;
  created_at: number;
  acked_at: number | null;
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
  };
}
