import { existsSync } from "node:fs";
import { type SessionRecord, isEndStatus, liveStatuses } from "../core/session.ts";
import type { Worktree } from "../core/worktree.ts";
import { isInside } from "../policy/path-rules.ts";
import { isMade } from "../sandbox/git/make-worktree.ts";
import { removeWorktree } from "../sandbox/git/remove-worktree.ts";
import type { EngineParts } from "./engine-parts.ts";
import { folderTurn } from "./prepare-folder.ts";

/** `none`: there is no worktree. `kept`: something in it is nowhere else, somebody works in it, or git could not say. */
export type Discarded = "none" | "removed" | "kept";

type Parts = Pick<EngineParts, "path" | "store">;

const patienceMs = 60_000;
const sessionsPerPage = 500;

/** Takes an ended session's worktree away where nothing would be lost; with `trial` it only says so. Never rejects. */
export async function discardFolder(
  parts: Parts,
  session: SessionRecord,
  trial: boolean,
): Promise<Discarded> {
  const { id, path, worktree } = session;
  // One that was left half made is taken away too: nobody has worked in it.
  if (worktree === undefined || !existsSync(`${worktree.folder}/.git`)) return "none";
  return folderTurn(worktree.root, async () => {
    const now = await parts.store.getSession(id);
    if (now === undefined || !isEndStatus(now.status)) return "kept";
    if (await isUsed(parts, session, worktree)) return "kept";
    const place = { path: path ?? parts.path, signal: AbortSignal.timeout(patienceMs), sessionId: id };
    const isGone = await removeWorktree(place, worktree, trial).catch(() => false);
    return isGone ? "removed" : "kept";
  });
}

/** By a session that works in it, or by a child whose own changes are to be applied to it. */
async function isUsed({ store }: Parts, { id }: SessionRecord, { folder }: Worktree): Promise<boolean> {
  const children = await store.listSessions({ parentId: id, limit: sessionsPerPage });
  for (const { worktree } of children.sessions) {
    if (worktree?.origin === folder && (await isMade(worktree))) return true;
  }
  let cursor: string | null = null;
  do {
    const from: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await store.listSessions({ statuses: [...liveStatuses], limit: sessionsPerPage, ...from });
    if (page.sessions.some((other) => isInside(other.cwd, folder))) return true;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return false;
}
