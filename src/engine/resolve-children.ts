import { ProfclawError } from "../core/errors.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import type { SessionRecord, SessionSpec } from "../core/session.ts";
import type { ChildRequest } from "../core/tool-context.ts";
import type { Store } from "../store/store.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resolveSession } from "./resolve-session.ts";

/** How far a model's own spawning may go. */
const treeLimits = { depth: 3, descendants: 64, perCall: 16 } as const;

/** What a session's model asks for, as specs. Throws ProfclawError where a limit or a name refuses it. */
export async function resolveChildren(
  parts: EngineParts,
  parent: SessionRecord,
  request: { batchId: BatchId; createdAt: number; children: ChildRequest[] },
): Promise<SessionSpec[]> {
  const { batchId, createdAt, children } = request;
  await refuseBeyondTree(parts.store, parent, children.length);
  const origin = {
    batchId,
    createdAt,
    parent,
    cwd: parent.cwd,
    path: parent.path,
    timeoutMs: parent.timeoutMs,
    labels: parent.labels,
    mayGrantFull: false,
  };
  return Promise.all(
    children.map(async (child) => {
      const sameModel = child.provider === undefined && child.model === undefined;
      const model = sameModel ? { provider: parent.provider, model: parent.model } : {};
      const { spec } = await resolveSession(parts, origin, { ...child, ...model });
      return spec;
    }),
  );
}

/** Throws too-many where `count` more sessions below `parent` would outgrow the limits of a tree. */
export async function refuseBeyondTree(store: Store, parent: SessionRecord, count: number): Promise<void> {
  if (count > treeLimits.perCall) {
    tooMany(`One call may spawn ${treeLimits.perCall} sessions; this one asks for ${count}.`);
  }
  if (parent.depth >= treeLimits.depth) {
    tooMany(`This session is at depth ${parent.depth}; sessions nest ${treeLimits.depth} deep at most.`);
  }
  const spawned = await countTree(store, parent);
  if (spawned + count > treeLimits.descendants) {
    tooMany(`This tree has ${spawned} spawned sessions already; ${treeLimits.descendants} is the most.`);
  }
}

function tooMany(detail: string): never {
  throw new ProfclawError("too-many", detail, { hint: "Do the rest of the work in this session." });
}

/** How many sessions the top of this tree has below it, ended ones too. */
async function countTree(store: Store, session: SessionRecord): Promise<number> {
  let top = session;
  while (top.parentId !== null) {
    const above = await store.getSession(top.parentId);
    if (above === undefined) break;
    top = above;
  }
  let count = 0;
  let layer: SessionId[] = [top.id];
  while (layer.length > 0 && count <= treeLimits.descendants) {
    const pages = await Promise.all(layer.map((parentId) => store.listSessions({ parentId, limit: 100 })));
    layer = pages.flatMap((page) => page.sessions.map(({ id }) => id));
    count += layer.length;
  }
  return count;
}
