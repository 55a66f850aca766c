import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ownPrefix } from "../../core/worktree.ts";

// Git writes these files one right after the other: an older half is what a killed one left.
const quietMs = 2_000;

/**
 * Takes away what a git that was killed while it added a worktree of ours has left in its own folder. One whose
 * `commondir` is empty is fatal to every later command about worktrees, also a person's; and it is locked, so that prune
 * leaves it. One that has just begun may be another daemon's: it is waited for. A person's own are never touched.
 */
export async function clearHalfMade(common: string, signal: AbortSignal): Promise<void> {
  const place = join(common, "worktrees");
  const names = await readdir(place).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(ownPrefix))) {
    const folder = join(place, name);
    if (!(await isHalfMade(folder))) continue;
    const made = await stat(folder).catch(() => null);
    const youngMs = quietMs - (Date.now() - (made?.mtimeMs ?? 0));
    if (youngMs > 0) await sleep(Math.min(youngMs, quietMs), undefined, { signal });
    if (await isHalfMade(folder)) await rm(folder, { recursive: true, force: true });
  }
}

async function isHalfMade(folder: string): Promise<boolean> {
  const found = await stat(join(folder, "commondir")).catch(() => null);
  return found === null || found.size === 0;
}
