import type { CallContext } from "../contract/implement.ts";
import type { WaitView } from "../contract/batch-operations.ts";
import type { BatchView, SessionView } from "../contract/shapes.ts";
import { ProfclawError } from "../core/errors.ts";
import { isEndStatus, liveStatuses } from "../core/session.ts";
import type { Store } from "../store/store.ts";
import { findBatch, findSession } from "./find-session.ts";
import { openViews } from "./open-views.ts";
import type { OperationParts } from "./parts.ts";
import { untilWoken } from "./until-woken.ts";

export async function getBatch(parts: OperationParts, input: { id: string }): Promise<BatchView> {
  const views = await openViews(parts);
  return views.batch(await findBatch(parts.engineParts.store, input.id));
}

/** Resolves when all (or any) of the sessions have ended, when the time is over, or when the caller goes. */
export async function waitForBatch(
  parts: OperationParts,
  input: { id: string; until: "all" | "any"; timeout_ms: number },
  { signal }: CallContext,
): Promise<WaitView> {
  const { store, hub } = parts.engineParts;
  const views = await openViews(parts);
  const { id } = await findBatch(store, input.id);
  const limits = { clock: parts.clock, timeoutMs: input.timeout_ms, signal };
  const found = await untilWoken(limits, {
    listen: (wake) =>
      hub.subscribe(null, (news) => {
        if (news.kind === "journal" && news.batchId === id && news.ended) wake();
      }),
    async look() {
      const batch = views.batch(await findBatch(store, id));
      return isDone(batch, input.until) ? batch : null;
    },
  });
  const batch = found ?? views.batch(await findBatch(store, id));
  return { done: isDone(batch, input.until), batch };
}

function isDone(batch: BatchView, until: "all" | "any"): boolean {
  const living = liveStatuses.reduce((sum, status) => sum + batch.counts[status], 0);
  const total = Object.values(batch.counts).reduce((sum, count) => sum + count, 0);
  return until === "all" ? living === 0 : living < total;
}

export async function cancelBatch(parts: OperationParts, input: { id: string }): Promise<BatchView> {
  const { store } = parts.engineParts;
  const { id } = await findBatch(store, input.id);
  await parts.engine.end(await listLivingIds(store, id), "cancelled");
  const views = await openViews(parts);
  return views.batch(await findBatch(store, id));
}

async function listLivingIds(store: Store, batchId: string): Promise<string[]> {
  const page = await store.listSessions({ batchId, statuses: [...liveStatuses], limit: 1_000 });
  return page.sessions.map(({ id }) => id);
}

export async function cancelSession(parts: OperationParts, input: { id: string }): Promise<SessionView> {
  const { store } = parts.engineParts;
  const before = await findSession(store, input.id);
  if (isEndStatus(before.status)) {
    throw new ProfclawError("session-ended", `Session ${before.id} has ended already (${before.status}).`, {
      pointer: "id",
      hint: `See what came of it: profclaw agent result ${before.id.slice(0, 8)}`,
    });
  }
  await parts.engine.end([before.id], "cancelled");
  const views = await openViews(parts);
  return views.session(await findSession(store, before.id));
}
