import type { SessionRecord } from "../core/session.ts";
import { type Worktree, toOriginPath, worktreesFolder } from "../core/worktree.ts";
import type { Store } from "../store/store.ts";

type Sessions = Pick<Store, "findSessionIds" | "getSession">;

/**
 * The worktree that a folder lies in: its session's own, or another session's, where a child works in its
 * parent's or somebody stands in it. Its `origin` is in no worktree: what is answered for good in a worktree of
 * a worktree is for the repository too. Undefined: in none that a session of ours is known for.
 */
export async function findWorktree(
  store: Sessions,
  { worktree, cwd }: Pick<SessionRecord, "cwd"> & { worktree?: Worktree | undefined },
): Promise<Worktree | undefined> {
  const found = worktree ?? (await findAround(store, cwd));
  if (found === undefined) return undefined;
  const outer = await findWorktree(store, { cwd: found.origin });
  return outer === undefined ? found : { ...found, origin: toOriginPath(outer, found.origin) };
}

/** As `toWorktree` names them: the session's id is in the folder's name. */
async function findAround(store: Sessions, cwd: string): Promise<Worktree | undefined> {
  const [, after = ""] = cwd.split(`/${worktreesFolder}/profclaw-`);
  const [prefix = ""] = after.split("/");
  if (prefix === "") return undefined;
  for (const id of await store.findSessionIds(prefix, mostOfOneName)) {
    const worktree = (await store.getSession(id))?.worktree;
    if (worktree !== undefined && isAround(worktree.folder, cwd)) return worktree;
  }
  return undefined;
}

// Thirteen characters of an id: a second one of that name is all but impossible.
const mostOfOneName = 2;

function isAround(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
