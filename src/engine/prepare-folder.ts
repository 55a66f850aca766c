import { mkdir } from "node:fs/promises";
import { ProfclawError } from "../core/errors.ts";
import type { SetupStep } from "../core/journal.ts";
import type { SessionRecord } from "../core/session.ts";
import { createTurnstile } from "../core/turnstile.ts";
import { isMade, makeWorktree, markMade } from "../sandbox/git/make-worktree.ts";
import type { EngineParts } from "./engine-parts.ts";
import { findSetup } from "./find-setup.ts";
import { requireDone, runSetup } from "./run-setup.ts";

// Git locks what two of them would change at once; one after the other needs no second try.
export const folderTurn = createTurnstile();

/** The run for which a folder is made. */
export interface FolderOrder {
  session: SessionRecord;
  signal: AbortSignal;
  /** Puts it into the session's journal. */
  note(this: void, step: SetupStep): Promise<void>;
  /** What the session does now. */
  show(this: void, activity: string): void;
}

type Parts = Pick<EngineParts, "path" | "trust">;

/**
 * Has the session's own folder there, and ready, before it does anything. Answers why it cannot be, or null. Rejects
 * with the signal's reason.
 */
export async function prepareFolder(
  parts: Parts,
  order: FolderOrder,
): Promise<{ code: string; detail: string } | null> {
  const { session, signal } = order;
  if (session.worktree === undefined) return null;
  try {
    await makeReady(parts, order, session.worktree);
    await mkdir(session.cwd, { recursive: true });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProfclawError) return { code: error.code, detail: error.message };
    return { code: "git-failed", detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Until the mark is there nobody has worked in it: a crash in between has all of it done anew. */
async function makeReady(
  parts: Parts,
  order: FolderOrder,
  worktree: NonNullable<SessionRecord["worktree"]>,
): Promise<void> {
  if (await isMade(worktree)) return;
  const { session, signal } = order;
  const place = { path: session.path ?? parts.path, signal, sessionId: session.id };
  order.show("making its worktree");
  await folderTurn(worktree.root, () => makeWorktree(place, worktree));
  // Side by side: ten times `npm ci`, one after the other, would take ten times as long.
  await setUp(parts, order, worktree);
  await markMade(worktree);
}

async function setUp(
  parts: Parts,
  { session, signal, note, show }: FolderOrder,
  worktree: NonNullable<SessionRecord["worktree"]>,
): Promise<void> {
  const setup = await findSetup(parts, worktree, session);
  if (setup.kind === "none") return;
  const { file } = setup;
  if (setup.kind === "barred") return note({ kind: "skip", file, why: setup.why });
  await note({ kind: "begin", file, script: setup.script.slice(0, mostScriptCharacters) });
  show(`setting up: ${setup.script.trim().split("\n")[0] ?? ""}`);
  const path = session.path ?? parts.path;
  const end = await runSetup({ session, worktree, setup, path, signal });
  await note(end);
  requireDone(end, setup);
}

const mostScriptCharacters = 4_096;
