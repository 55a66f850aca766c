import { toCovers } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import { findRepetition } from "../core/repeated-task.ts";
import type { SessionRecord, SessionSpec } from "../core/session.ts";
import type { ChildRequest } from "../core/tool-context.ts";
import type { Store } from "../store/store.ts";
import { assignWorktrees } from "./assign-worktrees.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createFolderLooks } from "./folder-looks.ts";
import { resolveSession } from "./resolve-session.ts";

/** How far a model's own spawning may go. */
const treeLimits = { depth: 3, descendants: 64, perCall: 16 } as const;

/** What a session's model asks for, as specs. Throws ProfclawError where a limit or a name refuses it. */
export async function resolveChildren(
  parts: EngineParts,
  parent: SessionRecord,
  request: { batchId: BatchId; createdAt: number; children: ChildRequest[]; traceParent: string | null },
): Promise<SessionSpec[]> {
  const { batchId, createdAt, children, traceParent } = request;
  await refuseBeyondTree(
    parts.store,
    parent,
    children.map(({ task }) => task),
  );
  const origin = {
    batchId,
    createdAt,
    parent,
    cwd: parent.cwd,
    path: parent.path,
    timeoutMs: parent.timeoutMs,
    labels: parent.labels,
    sharedBudgets: toCovers(parent),
    mayGrantFull: false,
    traceParent: traceParent ?? undefined,
    folders: createFolderLooks(parts),
  };
  const specs = await Promise.all(
    children.map(async (child) => {
      const sameModel = child.provider === undefined && child.model === undefined;
      const model = sameModel ? { provider: parent.provider, model: parent.model } : {};
      const { spec } = await resolveSession(parts, origin, { ...child, ...model });
      return { spec, wish: undefined };
    }),
  );
  return (await assignWorktrees(parts, specs, false)).specs;
}

/** Throws too-many where these tasks below `parent` would outgrow the limits of a tree, or go in a circle. */
export async function refuseBeyondTree(
  store: Store,
  parent: SessionRecord,
  tasks: readonly string[],
): Promise<void> {
  const count = tasks.length;
  if (count > treeLimits.perCall) {
    tooMany(`One call may spawn ${treeLimits.perCall} sessions; this one asks for ${count}.`);
  }
  if (parent.depth >= treeLimits.depth) {
    tooMany(`This session is at depth ${parent.depth}; sessions nest ${treeLimits.depth} deep at most.`);
  }
  const lineage = await readLineage(store, parent);
  const spawned = await countTree(store, lineage.at(-1) ?? parent);
  if (spawned + count > treeLimits.descendants) {
    tooMany(`This tree has ${spawned} spawned sessions already; ${treeLimits.descendants} is the most.`);
  }
  const { sessions } = await store.listSessions({ parentId: parent.id, limit: treeLimits.descendants });
  const repetition = findRepetition({
    tasks,
    siblings: sessions.map(({ task }) => task),
    ancestors: lineage.map(({ task }) => task),
  });
  if (repetition !== undefined) tooMany(repetition);
}

function tooMany(detail: string): never {
  throw new ProfclawError("too-many", detail, { hint: "Do the rest of the work in this session." });
}

/** A session, its parent, and so on to the top. */
async function readLineage(store: Store, session: SessionRecord): Promise<SessionRecord[]> {
  const lineage = [session];
  for (let above = session.parentId; above !== null;) {
    const record = await store.getSession(above);
    if (record === undefined) break;
    lineage.push(record);
    above = record.parentId;
  }
  return lineage;
}

/** How many sessions the top of a tree has below it, ended ones too. */
async function countTree(store: Store, top: SessionRecord): Promise<number> {
  let count = 0;
  let layer: SessionId[] = [top.id];
  while (layer.length > 0 && count <= treeLimits.descendants) {
    const pages = await Promise.all(layer.map((parentId) => store.listSessions({ parentId, limit: 100 })));
    layer = pages.flatMap((page) => page.sessions.map(({ id }) => id));
    count += layer.length;
  }
  return count;
}
