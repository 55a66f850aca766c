import { createHash } from "node:crypto";
import { noBudget } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { SessionId } from "../core/id.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import type { ChildRequest, ChildSummary, SessionsPort } from "../core/tool-context.ts";
import type { Store } from "../store/store.ts";
import { toResultText } from "./session-write.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resolveChildren } from "./resolve-children.ts";
import { createFindingsPort } from "./findings-port.ts";
import { createMailPort } from "./mail-port.ts";
import type { Spawner } from "./spawner.ts";
import { toTrace } from "./witness.ts";

// A key that outlives every session: a spawn call may be asked again after any crash.
const keyLifeMs = 365 * 24 * 3_600_000;

// What a sibling said just now is found too, unless very much happens.
const entriesBefore = 1_000;

/** What the tools of one session may do with others. */
export function createSessionsPort(
  parts: EngineParts,
  session: SessionRecord,
  spawner: Spawner,
): SessionsPort {
  return {
    spawn: (toolCallId, children) =>
      spawner.inTurn(session.rootId, () => spawnChildren({ parts, session, spawner }, toolCallId, children)),
    mail: createMailPort(parts, session, spawner),
    findings: createFindingsPort(parts, session),
    async status(idsOrPrefixes) {
      const children = await readChildren(parts.store, session.id);
      if (idsOrPrefixes.length === 0) return children;
      return idsOrPrefixes.map((prefix) => pickChild(children, prefix));
    },
    async search(words, limit) {
      await parts.store.indexTexts(entriesBefore);
      return parts.store.searchTexts({ words, rootId: session.rootId, limit, skip: 0 });
    },
  };
}

interface PortOwner {
  parts: EngineParts;
  session: SessionRecord;
  spawner: Spawner;
}

async function spawnChildren(
  { parts, session, spawner }: PortOwner,
  toolCallId: string,
  children: ChildRequest[],
): Promise<SessionId[]> {
  const batchId = parts.newId();
  const createdAt = parts.clock.now();
  const sessions = await resolveChildren(parts, session, {
    batchId,
    createdAt,
    children,
    traceParent: toTrace(parts, session).ofTool(toolCallId),
  });
  const outcome = await spawner.spawn({
    id: batchId,
    parentId: session.id,
    createdAt,
    budget: noBudget,
    sessions,
    idempotency: {
      key: `spawn:${session.id}:${toolCallId}`,
      bodyHash: createHash("sha256").update(JSON.stringify(children)).digest("hex"),
      expiresAt: createdAt + keyLifeMs,
    },
  });
  if (outcome.kind === "accepted") return outcome.sessions.map(({ id }) => id);
  const page = await parts.store.listSessions({ batchId: outcome.batchId, limit: 1_000 });
  return page.sessions.map(({ id }) => id).toReversed();
}

/** All children of a session, oldest first. */
export async function readChildren(store: Store, parentId: SessionId): Promise<ChildSummary[]> {
  const children: SessionRecord[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.listSessions({ parentId, limit: 1_000, ...(cursor === null ? {} : { cursor }) });
    children.push(...page.sessions);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return children.toReversed().map(toSummary);
}

function toSummary(child: SessionRecord): ChildSummary {
  return {
    sessionId: child.id,
    status: child.status,
    reason: child.reason,
    task: child.task,
    turns: child.turns,
    resumes: child.resumes ?? 0,
    text: isEndStatus(child.status) ? toEndText(child) : "",
  };
}

function toEndText(child: SessionRecord): string {
  const { status, reason, result, error } = child;
  if (status === "completed" && result !== null) return result.text;
  if (reason === null || error === null || !isEndStatus(status) || status === "completed") return "";
  return toResultText({ status, reason, error, result });
}

function pickChild(children: readonly ChildSummary[], prefix: string): ChildSummary {
  const found = children.filter((child) => child.sessionId.startsWith(prefix));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = children.map((child) => child.sessionId.slice(0, 8)).join(", ") || "none";
  throw new ProfclawError("not-found", `No child of this session is "${prefix}". Its children: ${known}.`);
}

/** True for a parent, a child or a sibling. */
export function isFamily(session: SessionRecord, other: SessionRecord): boolean {
  if (other.id === session.id) return false;
  if (other.id === session.parentId || other.parentId === session.id) return true;
  return (
    other.batchId === session.batchId || (session.parentId !== null && other.parentId === session.parentId)
  );
}
