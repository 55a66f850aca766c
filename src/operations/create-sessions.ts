import { createHash } from "node:crypto";
import { z } from "zod";
import type { CallContext, Caller } from "../contract/implement.ts";
import type { AcceptedBatchView, NewBatchInput, NewSessionInput } from "../contract/session-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { SessionRecord } from "../core/session.ts";
import {
  type BatchOrigin,
  type ResolvedSession,
  type SessionRequest,
  resolveSession,
} from "../engine/resolve-session.ts";
import { refuseBeyondTree } from "../engine/resolve-children.ts";
import { toFreshRecord } from "../engine/fresh-record.ts";
import { findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toSessionView } from "./views.ts";

const keyLifeMs = 24 * 3_600_000;

/** Resolves every session or refuses them all; then one transaction accepts them. */
export async function createSessions(
  parts: OperationParts,
  input: NewBatchInput,
  context: CallContext,
): Promise<AcceptedBatchView> {
  const parent = await findParent(parts, input, context.caller);
  // Below a session it is a model that spawns, by whichever door it came.
  if (parent !== null) await refuseBeyondTree(parts.engineParts.store, parent, input.sessions.length);
  const origin = toOrigin(parts, { input, parent, caller: context.caller });
  const resolved = await resolveAll(parts, origin, input.sessions);
  const warnings = [...new Set(resolved.flatMap((session) => session.warnings))];
  if (input.dry_run === true) return toView(parts, origin.batchId, { resolved, warnings });
  await context.recheckCaller();
  const outcome = await parts.engine.spawn({
    id: origin.batchId,
    parentId: parent?.id ?? null,
    createdAt: origin.createdAt,
    sessions: resolved.map(({ spec }) => spec),
    idempotency: toIdempotency(input, origin.createdAt),
  });
  if (outcome.kind === "accepted") return toView(parts, outcome.batchId, { resolved, warnings });
  return toReplayedView(parts, outcome.batchId);
}

/** A session's own process spawns as that session, whatever it says; a person may name a parent. */
async function findParent(
  parts: OperationParts,
  input: NewBatchInput,
  caller: Caller,
): Promise<SessionRecord | null> {
  const { store } = parts.engineParts;
  const named = input.parent === undefined ? null : await findSession(store, input.parent);
  const parent = caller.kind === "session" ? await findSession(store, caller.sessionId) : named;
  if (parent === null || parent.endedAt === null) return parent;
  throw new ProfclawError("session-ended", `The parent ${parent.id} has ended (${parent.status}).`, {
    pointer: "/parent",
    hint: "Name a living session, or leave parent out.",
  });
}

function toOrigin(
  parts: OperationParts,
  request: { input: NewBatchInput; parent: SessionRecord | null; caller: Caller },
): BatchOrigin {
  const { input, parent, caller } = request;
  return {
    batchId: parts.engineParts.newId(),
    createdAt: parts.clock.now(),
    parent,
    cwd: input.cwd ?? parent?.cwd ?? parts.daemon.cwd,
    path: parts.shellPath.get(),
    timeoutMs: input.timeout ?? parts.pool.get().timeoutMs,
    labels: input.labels ?? {},
    mayGrantFull: caller.kind === "admin",
  };
}

async function resolveAll(
  parts: OperationParts,
  origin: BatchOrigin,
  sessions: readonly NewSessionInput[],
): Promise<ResolvedSession[]> {
  const resolved: ResolvedSession[] = [];
  for (const [index, session] of sessions.entries()) {
    const request = toRequest(session, index);
    resolved.push(
      await resolveSession(parts.engineParts, origin, request).catch((error: unknown) =>
        rethrowAt(error, `/sessions/${index}`),
      ),
    );
  }
  return resolved;
}

function toRequest(session: NewSessionInput, index: number): SessionRequest {
  const { append_system, max_turns, max_output_tokens, permission_mode, timeout, schema, ...same } = session;
  return {
    ...same,
    appendSystem: append_system,
    maxTurns: max_turns,
    maxOutputTokens: max_output_tokens,
    permissionMode: permission_mode,
    timeoutMs: timeout,
    schema: schema === undefined ? undefined : checkSchema(schema, index),
  };
}

function checkSchema(schema: JsonObject, index: number): JsonObject {
  try {
    z.fromJSONSchema(schema);
    return schema;
  } catch (error) {
    throw new ProfclawError("invalid-request", `The JSON Schema cannot be used: ${String(error)}`, {
      pointer: `/sessions/${index}/schema`,
      hint: 'A plain one works: {"type":"object","properties":{…},"required":[…]}',
    });
  }
}

/** The same refusal, its pointer made whole: "provider" → "/sessions/1/provider". */
function rethrowAt(error: unknown, place: string): never {
  if (!(error instanceof ProfclawError)) throw error;
  const field = (error.pointer ?? "").replace(/^\//, "");
  const { code, message, hint, status } = error;
  throw new ProfclawError(code, message, {
    pointer: field === "" ? place : `${place}/${field}`,
    status,
    ...(hint === undefined ? {} : { hint }),
  });
}

function toIdempotency(
  input: NewBatchInput,
  now: number,
): { key: string; bodyHash: string; expiresAt: number } | null {
  const { idempotency_key: key, ...body } = input;
  if (key === undefined) return null;
  const bodyHash = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return { key: `client:${key}`, bodyHash, expiresAt: now + keyLifeMs };
}

function toView(
  parts: OperationParts,
  batchId: string,
  { resolved, warnings }: { resolved: readonly ResolvedSession[]; warnings: string[] },
): AcceptedBatchView {
  const sessions = resolved.map(({ spec }) => toSessionView(toFreshRecord(spec), null));
  return {
    batch_id: batchId,
    sessions,
    warnings,
    concurrency: parts.pool.get().maxConcurrent,
    links: toLinks(batchId),
  };
}

async function toReplayedView(parts: OperationParts, batchId: string): Promise<AcceptedBatchView> {
  const page = await parts.engineParts.store.listSessions({ batchId, limit: 1_000 });
  const sessions = page.sessions
    .toReversed()
    .map((record) => toSessionView(record, parts.engine.activityOf(record.id)));
  const concurrency = parts.pool.get().maxConcurrent;
  return { batch_id: batchId, sessions, warnings: [], concurrency, links: toLinks(batchId) };
}

function toLinks(batchId: string): Record<string, string> {
  return {
    batch: `/api/batches/${batchId}`,
    wait: `/api/batches/${batchId}/wait`,
    cancel: `/api/batches/${batchId}/cancel`,
    sessions: `/api/agents/sessions?batch=${batchId}`,
  };
}
