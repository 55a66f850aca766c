import type { SessionId } from "../core/id.ts";
import type { SessionOrigin, SessionRecord, SessionSpec } from "../core/session.ts";
import { toWorktree } from "../core/worktree.ts";
import { isMade } from "../sandbox/git/make-worktree.ts";
import { openGit } from "../sandbox/git/open-git.ts";
import { commitPresent } from "../sandbox/git/plan-worktree.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resolveCwd } from "./folder-looks.ts";

interface FolderOfCopy {
  source: SessionRecord;
  id: SessionId;
  kind: SessionOrigin["kind"];
}

const patienceMs = 60_000;

/**
 * Where a retry or a fork works: in the folder of the first one; where that is a worktree, in one of its own, which
 * begins as the first one did, or for a fork with what the first one has made of it. Throws cwd-not-found.
 */
export async function toFolderOfCopy(
  parts: Pick<EngineParts, "path">,
  { source, id, kind }: FolderOfCopy,
): Promise<Pick<SessionSpec, "cwd" | "worktree">> {
  const { worktree, cwd } = source;
  if (worktree === undefined) return { cwd: await resolveCwd(undefined, cwd) };
  const { root, origin, folder } = worktree;
  await resolveCwd(undefined, root);
  const isLeft = kind === "fork" && (await isMade(worktree));
  const base = isLeft ? await commitFolder(parts, source, folder) : worktree.base;
  const next = toWorktree(id, { root, origin, base });
  return { worktree: next, cwd: `${next.folder}${cwd.slice(folder.length)}` };
}

async function commitFolder(
  parts: Pick<EngineParts, "path">,
  { path }: SessionRecord,
  folder: string,
): Promise<string> {
  const signal = AbortSignal.timeout(patienceMs);
  const git = await openGit({ cwd: folder, path: path ?? parts.path, signal });
  return (await commitPresent(git)).base;
}
