import type { ListSessionsInput, SessionResultView } from "../contract/session-operations.ts";
import type { SessionListView, SessionView, TreeNodeView } from "../contract/shapes.ts";
import type { SessionRecord } from "../core/session.ts";
import type { SessionQuery } from "../store/store.ts";
import { findBatch, findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toResultView, toSessionView } from "./views.ts";

export async function listSessions(
  parts: OperationParts,
  input: ListSessionsInput,
): Promise<SessionListView> {
  const { store } = parts.engineParts;
  const query: SessionQuery = { limit: input.limit };
  if (input.status !== undefined) query.statuses = input.status;
  if (input.parent !== undefined) query.parentId = (await findSession(store, input.parent)).id;
  if (input.batch !== undefined) query.batchId = (await findBatch(store, input.batch)).id;
  if (input.label !== undefined) query.labels = toLabels(input.label);
  if (input.cursor !== undefined) query.cursor = input.cursor;
  const page = await store.listSessions(query);
  return { sessions: page.sessions.map((record) => view(parts, record)), next_cursor: page.nextCursor };
}

export async function getSession(parts: OperationParts, input: { id: string }): Promise<SessionView> {
  return view(parts, await findSession(parts.engineParts.store, input.id));
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
  return toTree(parts, await findSession(parts.engineParts.store, input.id));
}

async function toTree(parts: OperationParts, record: SessionRecord): Promise<TreeNodeView> {
  const { store } = parts.engineParts;
  const page = await store.listSessions({ parentId: record.id, limit: 1_000 });
  const children = await Promise.all(page.sessions.toReversed().map((child) => toTree(parts, child)));
  return { session: view(parts, record), children };
}

function view(parts: OperationParts, record: SessionRecord): SessionView {
  return toSessionView(record, parts.engine.activityOf(record.id));
}

function toLabels(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}
