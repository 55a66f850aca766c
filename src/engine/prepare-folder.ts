import { mkdir } from "node:fs/promises";
import { ProfclawError } from "../core/errors.ts";
import type { SessionRecord } from "../core/session.ts";
import { createTurnstile } from "../core/turnstile.ts";
import { makeWorktree } from "../sandbox/git/make-worktree.ts";
import type { EngineParts } from "./engine-parts.ts";

// Git locks what two of them would change at once; one after the other needs no second try.
export const folderTurn = createTurnstile();

/**
 * Has the session's own folder there before it does anything. Answers why it cannot be, or null. Rejects with the
 * signal's reason.
 */
export async function prepareFolder(
  parts: Pick<EngineParts, "path">,
  session: SessionRecord,
  signal: AbortSignal,
): Promise<{ code: string; detail: string } | null> {
  const { worktree, cwd, path, id: sessionId } = session;
  if (worktree === undefined) return null;
  try {
    const place = { path: path ?? parts.path, signal, sessionId };
    await folderTurn(worktree.root, () => makeWorktree(place, worktree, async () => undefined));
    await mkdir(cwd, { recursive: true });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProfclawError) return { code: error.code, detail: error.message };
    return { code: "git-failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
