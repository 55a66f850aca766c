import type { Address } from "../../core/message.ts";
import type { BroadcastOutcome, MailScope, NewBroadcast } from "../mail.ts";
import type { Scope } from "./connection.ts";
import { postMessage } from "./message-rows.ts";

/** The text once, and a message to each who is there now; none to who is full, and none to the sender. */
export function postBroadcast(scope: Scope, broadcast: NewBroadcast): BroadcastOutcome {
  const { message, mostUnread } = broadcast;
  const known = scope.statement("SELECT id FROM broadcasts WHERE id = ?").get(message.id);
  if (known !== undefined) return { to: listAddressees(scope, message.id), full: [] };
  const there = findAddresses(scope, broadcast.scope).filter((address) => address !== message.from);
  const crowded = scope.statement(
    `SELECT addressee FROM messages WHERE acked_at IS NULL GROUP BY addressee HAVING COUNT(*) >= ?`,
  );
  const full = new Set(crowded.all(mostUnread).map(({ addressee }) => String(addressee)));
  const to = there.filter((address) => !full.has(address));
  if (to.length > 0)
    scope.statement("INSERT INTO broadcasts (id, content) VALUES (?, ?)").run(message.id, message.content);
  for (const address of to) {
    const delivery = { ...message, id: toDeliveryId(message.id, address), to: address, ackedAt: null };
    postMessage(scope, { ...delivery, content: "" }, message.id);
  }
  return { to, full: there.filter((address) => full.has(address)) };
}

function toDeliveryId(id: string, to: Address): string {
  return `${id}:${to}`;
}

function listAddressees(scope: Scope, id: string): Address[] {
  const rows = scope.statement("SELECT addressee FROM messages WHERE broadcast_id = ? ORDER BY number");
  return rows.all(id).map(({ addressee }) => String(addressee));
}

const livingSessions = "SELECT id FROM sessions WHERE status IN ('queued', 'running', 'waiting')";

function findAddresses(scope: Scope, wanted: MailScope): Address[] {
  const ids = (sql: string, ...parameters: (string | number)[]): Address[] =>
    scope
      .statement(sql)
      .all(...parameters)
      .map(({ id }) => String(id));
  switch (wanted.kind) {
    case "tree":
      return [
        ...ids(`${livingSessions} AND root_id = ? ORDER BY number`, wanted.rootId),
        ...ids("SELECT peer_id AS id FROM batches WHERE id = ? AND peer_id IS NOT NULL", wanted.rootId),
      ];
    case "peer":
      return ids(
        `${livingSessions} AND root_id IN (SELECT id FROM batches WHERE peer_id = ?) ORDER BY number`,
        wanted.peerId,
      );
    case "batch":
      return ids(`${livingSessions} AND batch_id = ? ORDER BY number`, wanted.batchId);
    case "all":
      return [
        ...ids(`${livingSessions} ORDER BY number`),
        ...ids("SELECT id FROM peers WHERE seen_at >= ? ORDER BY number", wanted.seenSince),
      ];
  }
}
