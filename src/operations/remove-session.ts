import type { CallContext } from "../contract/implement.ts";
import type { RemovalView } from "../contract/living-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { toShortId } from "../core/id.ts";
import { type SessionRecord, isEndStatus, liveStatuses } from "../core/session.ts";
import { discardFolder } from "../engine/discard-folder.ts";
import type { Store } from "../store/store.ts";
import { findSession } from "./find-session.ts";
import { refuseToDrive } from "./may-drive.ts";
import type { OperationParts } from "./parts.ts";

/** Deletes an ended session and its descendants; the ledger keeps what they cost. */
export async function removeSession(
  parts: OperationParts,
  input: { id: string },
  context: CallContext,
): Promise<RemovalView> {
  const { store } = parts.engineParts;
  const session = await findSession(store, input.id);
  refuseToDrive(context.caller, session);
  const family = await listFamily(store, session);
  await refuseLiving(store, session);
  await context.recheckCaller();
  const kept = await discardFolders(parts, family);
  const { removed, artifactIds } = await store.removeSessions(family);
  // One of them was resumed in that very moment.
  if (removed.length === 0) await refuseLiving(store, await findSession(store, session.id));
  await store.deleteStrayArtifacts({ names: artifactIds, before: Number.MAX_SAFE_INTEGER });
  return { removed, artifacts: artifactIds.length, worktrees_kept: kept };
}

/** Folders that stay, because what is in them is nowhere else. */
async function discardFolders({ engineParts }: OperationParts, ids: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const id of ids) {
    const session = await engineParts.store.getSession(id);
    if (session === undefined) continue;
    const discarded = await discardFolder(engineParts, session, false);
    if (discarded === "kept" && session.worktree !== undefined) kept.push(session.worktree.folder);
  }
  return kept;
}

async function listFamily(store: Store, session: SessionRecord): Promise<string[]> {
  const page = await store.listSessions({ parentId: session.id, limit: 1_000 });
  const below = await Promise.all(page.sessions.map((child) => listFamily(store, child)));
  return [session.id, ...below.flat()];
}

/** A tree goes as a whole or not at all: its sessions share budgets and wait for each other. */
async function refuseLiving(store: Store, session: SessionRecord): Promise<void> {
  if (!isEndStatus(session.status))
    refuse(session, `Session ${session.id} has not ended (${session.status}).`);
  const query = { rootId: session.rootId, statuses: [...liveStatuses], limit: 1 };
  const [kin] = (await store.listSessions(query)).sessions;
  if (kin === undefined) return;
  refuse(
    kin,
    `Session ${kin.id}, which was started together with it or by it, has not ended (${kin.status}).`,
  );
}

function refuse({ id }: SessionRecord, detail: string): never {
  throw new ProfclawError("session-alive", detail, {
    pointer: "id",
    hint: `Stop it first: profclaw agent stop ${toShortId(id)}`,
  });
}
