import { toUsdString } from "../../core/money.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { WebhookEvent, WebhookTarget } from "../../core/webhook.ts";
import type { NumberedEntry } from "../../store/events.ts";
import type { Store } from "../../store/store.ts";
import type { DroppedDeliveries, NewDelivery } from "../../store/webhooks.ts";

/** One thing to tell; its id is the same whenever it is found again. */
interface Told {
  id: string;
  type: WebhookEvent;
  at: number;
  data: Record<string, unknown>;
}

const pageSize = 100;

interface Collecting {
  targets: readonly WebhookTarget[];
  mostWaiting: number;
  /** Called where too many wait for an endpoint. */
  onDropped(dropped: DroppedDeliveries): void;
}

/**
 * Takes what has happened since the last time out of the journals into the outbox, in steps that are each
 * all or nothing: after a crash it goes on where it was.
 */
export async function collectEvents(store: Store, collecting: Collecting): Promise<void> {
  const { targets, mostWaiting } = collecting;
  for (;;) {
    const after = await store.readOutboxPosition();
    const types = ["session-end", "approval-ask"] as const;
    const page = await store.readEvents({ after, limit: pageSize, types: [...types] });
    if (page.scannedTo === after) return;
    const deliveries: NewDelivery[] = [];
    for (const entry of page.entries) deliveries.push(...(await toDeliveries(store, targets, entry)));
    const queue = { deliveries, position: page.scannedTo, mostWaiting };
    for (const dropped of await store.queueDeliveries(queue)) collecting.onDropped(dropped);
    if (!page.hasMore) return;
  }
}

async function toDeliveries(
  store: Store,
  targets: readonly WebhookTarget[],
  entry: NumberedEntry,
): Promise<NewDelivery[]> {
  const own = await store.getBatchWebhook(entry.batchId);
  const all = own === undefined ? targets : [...targets, own];
  if (all.length === 0) return [];
  const told = await listTold(store, entry);
  return told.flatMap(({ id, type, at, data }) => {
    const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
    return all
      .filter(({ events }) => events === null || events.includes(type))
      .map((target) => ({ id, target, body }));
  });
}

/** Ids, states and numbers only: what a task or a model says may hold secrets. */
async function listTold(store: Store, entry: NumberedEntry): Promise<Told[]> {
  const { sessionId, batchId, seq, at, event } = entry;
  const id = `msg_${sessionId}_${seq}`;
  if (event.type === "approval-ask") {
    const { number, tool } = event;
    const link = `/api/agents/sessions/${sessionId}/approvals/${number}`;
    return [
      {
        id,
        type: "approval.asked",
        at,
        data: { session_id: sessionId, batch_id: batchId, number, tool, link },
      },
    ];
  }
  const record = await store.getSession(sessionId);
  if (event.type !== "session-end" || record === undefined) return [];
  const { status, reason } = event.end;
  const ended = {
    id,
    type: `session.${status}` as const,
    at,
    data: { ...toData(record, at), status, reason },
  };
  const batch = await toBatchEnd(store, batchId);
  return batch === null ? [ended] : [ended, batch];
}

function toData(record: SessionRecord, endedAt: number): Record<string, unknown> {
  return {
    id: record.id,
    batch_id: record.batchId,
    parent_id: record.parentId,
    ended_at: new Date(endedAt).toISOString(),
    turns: record.turns,
    cost_usd: record.unpricedCalls > 0 ? null : toUsdString(record.costMicroUsd),
    error_code: record.error?.code ?? null,
    link: `/api/agents/sessions/${record.id}`,
  };
}

/** Of several sessions that ended last, each finds it; the time of the end makes it one. */
async function toBatchEnd(store: Store, batchId: string): Promise<Told | null> {
  const batch = await store.getBatch(batchId);
  if (batch === undefined || batch.endedAt === null) return null;
  const { endedAt, counts } = batch;
  const cost_usd = batch.unpricedCalls > 0 ? null : toUsdString(batch.costMicroUsd);
  const data = { id: batchId, counts, cost_usd, link: `/api/batches/${batchId}` };
  return { id: `msg_${batchId}_${endedAt}`, type: "batch.ended", at: endedAt, data };
}
