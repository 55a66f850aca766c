import type { CallContext } from "../contract/implement.ts";
import type { ListSessionsInput, SessionResultView } from "../contract/session-operations.ts";
import type { SessionListView, SessionView, TreeNodeView } from "../contract/shapes.ts";
import { ProfclawError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";
import type { SessionRecord } from "../core/session.ts";
import type { SessionQuery, Store } from "../store/store.ts";
import { findBatch, findSession } from "./find-session.ts";
import { type Views, openViews } from "./open-views.ts";
import type { OperationParts } from "./parts.ts";
import { toResultView } from "./views.ts";

export async function listSessions(
  parts: OperationParts,
  input: ListSessionsInput,
  { caller }: CallContext,
): Promise<SessionListView> {
  const { store } = parts.engineParts;
  const query: SessionQuery = { limit: input.limit };
  if (input.status !== undefined) query.statuses = input.status;
  if (input.parent !== undefined) query.parentId = (await findSession(store, input.parent)).id;
  if (input.batch !== undefined) query.batchId = (await findBatch(store, input.batch)).id;
  if (input.peer !== undefined) query.peerId = (await findPeer(store, input.peer)).id;
  if (input.label !== undefined) query.labels = toLabels(input.label);
  if (input.cursor !== undefined) query.cursor = input.cursor;
  if (caller.kind === "session") query.rootId = (await findSession(store, caller.sessionId)).rootId;
  const page = await store.listSessions(query);
  const views = await openViews(parts);
  return { sessions: page.sessions.map((record) => views.session(record)), next_cursor: page.nextCursor };
}

async function findPeer(store: Store, idOrName: string): Promise<Peer> {
  const peer = await store.getPeer(idOrName);
  if (peer !== undefined) return peer;
  throw new ProfclawError("not-found", `No peer is ${JSON.stringify(idOrName)}.`, {
    pointer: "peer",
    hint: "See who is there: POST /api/peers",
  });
}

export async function getSession(parts: OperationParts, input: { id: string }): Promise<SessionView> {
  const views = await openViews(parts);
  return views.session(await findSession(parts.engineParts.store, input.id));
}

/** The result with its whole text, also where the row has only the start of it. */
export async function getSessionResult(
  parts: OperationParts,
  input: { id: string },
): Promise<SessionResultView> {
  const { store } = parts.engineParts;
  const { id, status, reason, result, error } = await findSession(store, input.id);
  const [artifact] = result?.artifacts ?? [];
  const whole = artifact === undefined ? undefined : await store.getArtifact(artifact.id);
  const shown = result === null ? null : toResultView(result);
  if (shown !== null && whole !== undefined) {
    shown.text = whole.text;
    shown.truncated = status !== "completed";
  }
  return { id, status, reason, result: shown, error };
}

export async function getSessionTree(parts: OperationParts, input: { id: string }): Promise<TreeNodeView> {
  const { store } = parts.engineParts;
  return toTree(store, await openViews(parts), await findSession(store, input.id));
}

async function toTree(store: Store, views: Views, record: SessionRecord): Promise<TreeNodeView> {
  const page = await store.listSessions({ parentId: record.id, limit: 1_000 });
  const children = await Promise.all(page.sessions.toReversed().map((child) => toTree(store, views, child)));
  return { session: views.session(record), children };
}

/** "key=value" pairs. */
export function toLabels(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}
