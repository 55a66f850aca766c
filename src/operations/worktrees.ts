import type { CallContext } from "../contract/implement.ts";
import type { AppliedView, SessionDiffView } from "../contract/worktree-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { toShortId } from "../core/id.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import { createTurnstile } from "../core/turnstile.ts";
import type { Worktree } from "../core/worktree.ts";
import { applyChanges } from "../sandbox/git/apply-changes.ts";
import { isMade } from "../sandbox/git/make-worktree.ts";
import { openGit } from "../sandbox/git/open-git.ts";
import { readChanges } from "../sandbox/git/read-changes.ts";
import { findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toShellWord } from "../core/shell-word.ts";

type ById = { id: string };

const patienceMs = 80_000;
const mostNamed = 20;
const inTurn = createTurnstile();

/** Throws no-worktree and git-failed. */
export async function getSessionDiff(parts: OperationParts, input: ById): Promise<SessionDiffView> {
  const { session, worktree } = await findWorktree(parts, input);
  const git = await openGit({ ...toPlace(parts, session), cwd: worktree.folder });
  return { ...toView(session, worktree), base: worktree.base, ...(await readChanges(git, worktree)) };
}

/** Throws no-worktree, session-alive, policy-denied for a session, apply-conflict and git-failed. */
export async function applySession(
  parts: OperationParts,
  input: ById,
  context: CallContext,
): Promise<AppliedView> {
  const { session, worktree } = await findWorktree(parts, input);
  refuseSessions(context);
  if (!isEndStatus(session.status)) refuseLiving(session);
  await context.recheckCaller();
  const outcome = await inTurn(worktree.origin, () => applyChanges(toPlace(parts, session), worktree));
  if (outcome.kind === "conflict") refuseConflict(session, worktree, outcome.paths);
  return { ...toView(session, worktree), files: outcome.files };
}

async function findWorktree(
  parts: OperationParts,
  { id }: ById,
): Promise<{ session: SessionRecord; worktree: Worktree }> {
  const session = await findSession(parts.engineParts.store, id);
  const { worktree, status, cwd } = session;
  if (worktree === undefined) {
    throw new ProfclawError("no-worktree", `Session ${session.id} works in ${cwd} itself.`, {
      pointer: "id",
      hint: `See it there: git -C ${toShellWord(cwd)} diff. Spawn with --worktree to keep changes apart.`,
    });
  }
  if (await isMade(worktree)) return { session, worktree };
  const isOver = isEndStatus(status);
  const why = isOver
    ? `The worktree of session ${session.id} is gone: it was never made, or was taken away.`
    : `Session ${session.id} is ${status} and has no folder yet.`;
  const hint = isOver
    ? `Its branch may be there: git -C ${toShellWord(worktree.root)} log ${worktree.branch}`
    : "It is made when the session starts.";
  throw new ProfclawError("no-worktree", why, { pointer: "id", hint });
}

function toPlace({ engineParts }: OperationParts, { path, id }: SessionRecord) {
  return { path: path ?? engineParts.path, signal: AbortSignal.timeout(patienceMs), sessionId: id };
}

function toView({ id }: SessionRecord, { folder, branch, origin }: Worktree) {
  return { id, folder, branch, origin };
}

/** What is applied lies outside the workspace of every session that has a worktree. */
function refuseSessions({ caller }: CallContext): void {
  if (caller.kind !== "session") return;
  throw new ProfclawError("policy-denied", "A session does not apply changes; a person does.", {
    hint: "Say in your result what to apply: profclaw agent apply <id>",
  });
}

function refuseLiving({ id, status }: SessionRecord): never {
  const short = toShortId(id);
  throw new ProfclawError("session-alive", `Session ${id} still works on it (${status}).`, {
    pointer: "id",
    hint: `Wait for it (profclaw agent wait ${short}) or stop it (profclaw agent stop ${short}).`,
  });
}

function refuseConflict({ id }: SessionRecord, worktree: Worktree, paths: readonly string[]): never {
  const { origin, folder, branch } = worktree;
  const more = paths.length > mostNamed ? ` and ${paths.length - mostNamed} more` : "";
  const named = `${paths.slice(0, mostNamed).join(", ")}${more}`;
  const [inside, there] = [toShellWord(folder), toShellWord(origin)];
  const merge = `git -C ${inside} add -A; git -C ${inside} commit -m work; git -C ${there} merge ${branch}`;
  throw new ProfclawError(
    "apply-conflict",
    `Session ${id} and ${origin} changed the same lines of: ${named}. Nothing was changed.`,
    { pointer: "id", hint: `Merge by hand: ${merge}` },
  );
}
