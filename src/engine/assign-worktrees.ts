import { relative } from "node:path";
import { ProfclawError } from "../core/errors.ts";
import type { SessionSpec } from "../core/session.ts";
import { toWorktree } from "../core/worktree.ts";
import { hasWriteTool } from "../policy/allowed-tools.ts";
import { mayBeRepository } from "../sandbox/git/find-repository.ts";
import { type WorktreeStart, planWorktrees } from "../sandbox/git/plan-worktree.ts";
import type { EngineParts } from "./engine-parts.ts";
import { type FoundSetup, findSetup } from "./find-setup.ts";

/** A session that is about to be accepted, and what was said about a worktree: yes, no or nothing. */
export interface PlacedSession {
  spec: SessionSpec;
  wish: boolean | undefined;
}

export interface Placement {
  specs: SessionSpec[];
  warnings: string[];
}

// So many checkouts that nobody asked for would fill a disk.
const mostUnasked = 50;
const patienceMs = 60_000;

/**
 * Gives those sessions a worktree that asked for one, and those that said nothing where two or more of the batch may
 * write in one repository. Nothing is made yet. `trial`: nothing is written at all. Throws, for those that asked,
 * what `planWorktrees` throws; its pointer names the session.
 */
export async function assignWorktrees(
  parts: Pick<EngineParts, "path" | "trust">,
  sessions: readonly PlacedSession[],
  trial: boolean,
): Promise<Placement> {
  const looks = createLooks(parts, trial);
  const checkSetup = createSetupCheck(parts);
  const crowded = await findCrowded(sessions, looks);
  const warnings = new Set<string>();
  const specs: SessionSpec[] = [];
  for (const [index, { spec, wish }] of sessions.entries()) {
    const wants = wish === true || (wish === undefined && crowded.has(spec.cwd) && mayWrite(spec));
    const start = wants ? await lookOrWarn(looks, { spec, index, isAsked: wish === true }, warnings) : null;
    specs.push(start === null ? spec : place(spec, start));
    for (const warning of start?.warnings ?? []) warnings.add(warning);
    if (start !== null) await checkSetup({ start, spec, index }, warnings);
  }
  return { specs, warnings: [...warnings] };
}

/** The same session in a worktree of its own. */
function place(spec: SessionSpec, start: Pick<WorktreeStart, "root" | "origin" | "base">): SessionSpec {
  const { root, origin, base } = start;
  const worktree = toWorktree(spec.id, { root, origin, base });
  const below = relative(origin, spec.cwd);
  return { ...spec, worktree, cwd: below === "" ? worktree.folder : `${worktree.folder}/${below}` };
}

type Look = (spec: SessionSpec) => Promise<WorktreeStart>;

/** A thousand sessions in one folder are one look at it. */
function createLooks(parts: Pick<EngineParts, "path">, trial: boolean): Look {
  const known = new Map<string, Promise<WorktreeStart>>();
  const signal = AbortSignal.timeout(patienceMs);
  return ({ cwd, path }) => {
    const found = known.get(cwd) ?? planWorktrees({ cwd, path: path ?? parts.path, signal }, trial);
    found.catch(() => undefined);
    known.set(cwd, found);
    return found;
  };
}

interface Started {
  start: WorktreeStart;
  spec: SessionSpec;
  index: number;
}

/** Refuses a setup script that is wrong in its file, and warns of one that will be left out. Looks once for all. */
function createSetupCheck(
  parts: Pick<EngineParts, "trust">,
): (started: Started, warnings: Set<string>) => Promise<void> {
  const known = new Map<string, Promise<FoundSetup>>();
  return async ({ start, spec, index }, warnings) => {
    const key = `${spec.parentId !== null} ${spec.grants.bash} ${start.origin}`;
    const found = known.get(key) ?? findSetup(parts, start, spec);
    known.set(key, found);
    const setup = await found.catch((error: unknown) => {
      throw error instanceof ProfclawError ? toPlaced(error, index) : error;
    });
    if (setup.kind === "barred") warnings.add(`The setup script of ${setup.file} is left out: ${setup.why}.`);
  };
}

/** Folders of those who get one unasked: in whose repository two or more may write to the same files. */
async function findCrowded(sessions: readonly PlacedSession[], look: Look): Promise<Set<string>> {
  const writers = sessions.filter(({ spec, wish }) => wish !== true && mayWrite(spec));
  if (writers.length < 2 || writers.every(({ wish }) => wish === false)) return new Set();
  const folders = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const { spec } of writers) {
    if (!mayBeRepository(spec.cwd)) continue;
    // One that can have no worktrees is a crowd by its own folder: the warning says why.
    const top = await look(spec).then(
      ({ origin }) => origin,
      () => spec.cwd,
    );
    counts.set(top, (counts.get(top) ?? 0) + 1);
    folders.set(top, (folders.get(top) ?? new Set()).add(spec.cwd));
  }
  return new Set([...folders].flatMap(([top, cwds]) => ((counts.get(top) ?? 0) >= 2 ? [...cwds] : [])));
}

function mayWrite({ agent, tools, grants }: SessionSpec): boolean {
  if (agent !== "builtin") return grants.writes !== "no";
  return hasWriteTool(tools, grants) && (grants.writes !== "no" || grants.bash === "yes");
}

async function lookOrWarn(
  look: Look,
  { spec, index, isAsked }: { spec: SessionSpec; index: number; isAsked: boolean },
  warnings: Set<string>,
): Promise<WorktreeStart | null> {
  if (!isAsked && index >= mostUnasked) {
    warnings.add(
      `From the ${mostUnasked + 1}st session on they share ${spec.cwd}; --worktree gives each its own.`,
    );
    return null;
  }
  try {
    return await look(spec);
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    if (isAsked) throw toPlaced(error, index);
    warnings.add(`They share ${spec.cwd} and may write over each other: ${error.message}`);
    return null;
  }
}

function toPlaced({ code, message, hint }: ProfclawError, index: number): ProfclawError {
  const pointer = `/sessions/${index}/worktree`;
  return new ProfclawError(code, message, { pointer, ...(hint === undefined ? {} : { hint }) });
}
