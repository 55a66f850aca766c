import { type SessionRecord, isEndStatus } from "../core/session.ts";
import { isMade } from "../sandbox/git/make-worktree.ts";
import { removeWorktree } from "../sandbox/git/remove-worktree.ts";
import type { EngineParts } from "./engine-parts.ts";
import { folderTurn } from "./prepare-folder.ts";

/** `none`: there is no worktree. `kept`: something in it is nowhere else, or git could not say. */
export type Discarded = "none" | "removed" | "kept";

const patienceMs = 60_000;

/** Takes an ended session's worktree away where nothing would be lost; with `trial` it only says so. Never rejects. */
export async function discardFolder(
  parts: Pick<EngineParts, "path" | "store">,
  { id, path, worktree }: SessionRecord,
  trial: boolean,
): Promise<Discarded> {
  if (worktree === undefined || !(await isMade(worktree))) return "none";
  return folderTurn(worktree.root, async () => {
    const now = await parts.store.getSession(id);
    if (now === undefined || !isEndStatus(now.status)) return "kept";
    const place = { path: path ?? parts.path, signal: AbortSignal.timeout(patienceMs), sessionId: id };
    const isGone = await removeWorktree(place, worktree, trial).catch(() => false);
    return isGone ? "removed" : "kept";
  });
}
