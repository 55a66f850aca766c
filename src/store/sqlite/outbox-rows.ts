import { createHash } from "node:crypto";
import type { BatchId } from "../../core/id.ts";
import type { WebhookEvent, WebhookTarget } from "../../core/webhook.ts";
import type { DeliveryOutcome, DroppedDeliveries, DueDelivery, QueuedDeliveries } from "../webhooks.ts";
import type { Scope } from "./connection.ts";

// Kept that long after the end, so that an event that is found again is not sent again.
const keptMs = 48 * 3_600_000;

export function readOutboxPosition(scope: Scope): number {
  return Number(scope.statement("SELECT number FROM outbox_position").get()?.["number"]);
}

export function queueDeliveries(
  scope: Scope,
  { deliveries, position, mostWaiting }: QueuedDeliveries,
): DroppedDeliveries[] {
  scope.statement("UPDATE outbox_position SET number = MAX(number, ?)").run(position);
  scope.statement("DELETE FROM outbox WHERE next_at IS NULL AND created_at < ?").run(scope.now - keptMs);
  const insert = scope.statement(
    `INSERT INTO outbox (id, endpoint, body, created_at, next_at)
     SELECT ?1, id, ?3, ?4, ?4 FROM webhook_endpoints WHERE id = ?2 AND gone_at IS NULL
     ON CONFLICT (endpoint, id) DO NOTHING`,
  );
  const touched = new Map<string, string>();
  for (const { id, target, body } of deliveries) {
    const endpoint = addEndpoint(scope, target);
    insert.run(id, endpoint, body, scope.now);
    touched.set(endpoint, target.url);
  }
  return [...touched].flatMap(([endpoint, url]) => {
    const dropped = dropOldest(scope, endpoint, mostWaiting);
    return dropped === 0 ? [] : [{ url, dropped }];
  });
}

/** The oldest have been tried the longest; what came last is what a receiver that comes back wants to know. */
function dropOldest(scope: Scope, endpoint: string, mostWaiting: number): number {
  const waiting = "FROM outbox WHERE endpoint = ? AND next_at IS NOT NULL";
  const { count } = scope.statement(`SELECT COUNT(*) AS count ${waiting}`).get(endpoint) as { count: number };
  if (count <= mostWaiting) return 0;
  const oldest = `SELECT number ${waiting} ORDER BY number LIMIT ?`;
  const drop = scope.statement(`UPDATE outbox SET next_at = NULL, body = '' WHERE number IN (${oldest})`);
  return Number(drop.run(endpoint, count - mostWaiting).changes);
}

export function listDueDeliveries(
  scope: Scope,
  { now, perEndpoint, except }: { now: number; perEndpoint: number; except: number[] },
): DueDelivery[] {
  const rows = scope
    .statement(
      `SELECT due.*, url, secret, may_be_private FROM (
         SELECT number, id, endpoint, body, attempts,
           ROW_NUMBER() OVER (PARTITION BY endpoint ORDER BY next_at, number) AS place
         FROM outbox WHERE next_at <= ? AND number NOT IN (SELECT value FROM json_each(?))
       ) AS due JOIN webhook_endpoints ON webhook_endpoints.id = due.endpoint
       WHERE place <= ? ORDER BY place, number LIMIT 100`,
    )
    .all(now, JSON.stringify(except), perEndpoint) as unknown as (Pick<
    DueDelivery,
    "number" | "id" | "endpoint" | "body" | "attempts"
  > & { url: string; secret: string; may_be_private: number })[];
  return rows.map(({ number, id, endpoint, body, attempts, url, secret, may_be_private: isPrivate }) => ({
    number,
    id,
    endpoint,
    body,
    attempts,
    target: { url, secret, mayBePrivate: isPrivate === 1 },
  }));
}

export function settleDelivery(
  scope: Scope,
  { number, outcome, at }: { number: number; outcome: DeliveryOutcome; at: number },
): void {
  if (outcome.kind === "retry") {
    // One that was dropped while it was under way stays dropped.
    scope
      .statement(
        "UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE number = ? AND next_at IS NOT NULL",
      )
      .run(outcome.nextAt, number);
    return;
  }
  // The row stays, so that the event is not sent again; what it said is of no use any more.
  scope
    .statement("UPDATE outbox SET attempts = attempts + 1, next_at = NULL, body = '' WHERE number = ?")
    .run(number);
  if (outcome.kind !== "gone") return;
  const endpoint = "(SELECT endpoint FROM outbox WHERE number = ?)";
  scope.statement(`UPDATE webhook_endpoints SET gone_at = ? WHERE id = ${endpoint}`).run(at, number);
  scope.statement(`UPDATE outbox SET next_at = NULL, body = '' WHERE endpoint = ${endpoint}`).run(number);
}

export function readNextDelivery(scope: Scope): number | null {
  const row = scope.statement("SELECT MIN(next_at) AS next FROM outbox WHERE next_at IS NOT NULL").get();
  return typeof row?.["next"] === "number" ? row["next"] : null;
}

export function addBatchWebhook(scope: Scope, batchId: BatchId, target: WebhookTarget): void {
  scope
    .statement("INSERT INTO batch_webhooks (batch_id, endpoint, events) VALUES (?, ?, ?)")
    .run(batchId, addEndpoint(scope, target), target.events === null ? null : JSON.stringify(target.events));
}

export function getBatchWebhook(scope: Scope, batchId: BatchId): WebhookTarget | undefined {
  const row = scope
    .statement(
      `SELECT events, url, secret, may_be_private FROM batch_webhooks
       JOIN webhook_endpoints ON webhook_endpoints.id = endpoint WHERE batch_id = ?`,
    )
    .get(batchId) as
    | { events: string | null; url: string; secret: string; may_be_private: number }
    | undefined;
  if (row === undefined) return undefined;
  const events = row.events === null ? null : (JSON.parse(row.events) as WebhookEvent[]);
  return { url: row.url, secret: row.secret, mayBePrivate: row.may_be_private === 1, events };
}

export function reviveEndpoints(scope: Scope, targets: readonly WebhookTarget[]): void {
  const revive = scope.statement("UPDATE webhook_endpoints SET gone_at = NULL WHERE id = ?");
  for (const target of targets) revive.run(addEndpoint(scope, target));
}

function addEndpoint(scope: Scope, { url, secret, mayBePrivate }: WebhookTarget): string {
  const id = createHash("sha256").update(`${url}\0${secret}\0${mayBePrivate}`).digest("hex").slice(0, 32);
  scope
    .statement(
      `INSERT INTO webhook_endpoints (id, url, secret, may_be_private) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    )
    .run(id, url, secret, mayBePrivate ? 1 : 0);
  return id;
}
