import type { CallContext, Caller, Handlers, Streams } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { hideSessionTokens } from "../core/session-token.ts";
import type { SessionRecord } from "../core/session.ts";
import { findBatch, findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";

/** A look at what an operation is about, before it is carried out for a session. Throws policy-denied. */
type Look = (parts: OperationParts, caller: SessionRecord, input: { id: string }) => Promise<void>;

const looks: Partial<Record<keyof Handlers, Look>> = {
  getSession: seeSession,
  getSessionEvents: seeSession,
  getSessionLog: seeSession,
  getSessionResult: seeSession,
  getSessionTree: seeSession,
  getSessionDiff: seeSession,
  listMessages: seeSession,
  getMessage: seeSession,
  getApproval: seeSession,
  getBatch: seeBatch,
  waitForBatch: seeBatch,
  cancelSession: stopSession,
  cancelBatch: stopBatch,
  showInbox: seeOwnMail,
  listEvents: seeNothingOfAll,
};

type AnyHandler = (input: { id: string }, context: CallContext) => Promise<unknown>;
type AnyStream = (input: { id: string }, context: CallContext) => AsyncIterable<unknown>;

/**
 * The same operations; a session reads its own tree and stops its own children, and nobody else's. What it says is
 * kept without tokens: it has one in its environment, and a message or a task would carry it into journals.
 */
export function keepInTree(parts: OperationParts, handlers: Handlers): Handlers {
  const table = handlers as unknown as Record<string, AnyHandler>;
  const kept = Object.entries(table).map(([name, handler]) => {
    const look = looks[name as keyof Handlers];
    const handle: AnyHandler = async (input, context) => {
      if (context.caller.kind !== "session") return handler(input, context);
      if (look !== undefined) await takeLook(parts, look, { caller: context.caller, input });
      return handler(withoutTokens(input), context);
    };
    return [name, handle] as const;
  });
  return { ...handlers, ...Object.fromEntries(kept) };
}

/** The same for what is read live. */
export function keepStreamsInTree(parts: OperationParts, streams: Streams): Streams {
  const table = streams as unknown as Record<string, AnyStream>;
  const kept = Object.entries(table).map(([name, stream]) => {
    const look = looks[name as keyof Handlers];
    const follow: AnyStream = async function* keepFollowing(input, context) {
      if (look !== undefined) await takeLook(parts, look, { caller: context.caller, input });
      yield* stream(input, context);
    };
    return [name, follow] as const;
  });
  return { ...streams, ...Object.fromEntries(kept) };
}

function withoutTokens<Input>(input: Input): Input {
  const text = JSON.stringify(input);
  const hidden = hideSessionTokens(text);
  return hidden === text ? input : (JSON.parse(hidden) as Input);
}

async function takeLook(
  parts: OperationParts,
  look: Look,
  { caller, input }: { caller: Caller; input: { id: string } },
): Promise<void> {
  if (caller.kind !== "session") return;
  await look(parts, await findSession(parts.engineParts.store, caller.sessionId), input);
}

async function seeSession(
  { engineParts }: OperationParts,
  caller: SessionRecord,
  { id }: { id: string },
): Promise<void> {
  const session = await findSession(engineParts.store, id);
  if (session.rootId !== caller.rootId) throw refuseForeign(`Session ${session.id}`);
}

async function seeBatch(
  { engineParts: { store } }: OperationParts,
  caller: SessionRecord,
  { id }: { id: string },
): Promise<void> {
  const batch = await findBatch(store, id);
  if (batch.id === caller.rootId) return;
  const parent = batch.parentId === null ? undefined : await store.getSession(batch.parentId);
  if (parent?.rootId !== caller.rootId) throw refuseForeign(`Batch ${batch.id}`);
}

async function stopSession(
  { engineParts }: OperationParts,
  caller: SessionRecord,
  { id }: { id: string },
): Promise<void> {
  const session = await findSession(engineParts.store, id);
  if (session.parentId !== caller.id) throw refuseToStop(`Session ${session.id} is no child`);
}

async function stopBatch(
  { engineParts }: OperationParts,
  caller: SessionRecord,
  { id }: { id: string },
): Promise<void> {
  const batch = await findBatch(engineParts.store, id);
  if (batch.parentId !== caller.id) throw refuseToStop(`Batch ${batch.id} was not spawned by a call`);
}

async function seeOwnMail(
  { engineParts }: OperationParts,
  caller: SessionRecord,
  { id }: { id: string },
): Promise<void> {
  const isOwn = (await findSession(engineParts.store, id).catch(() => undefined))?.id === caller.id;
  if (isOwn) return;
  throw new ProfclawError("policy-denied", "A session reads its own mail only.", {
    pointer: "id",
    hint: "Its own: POST /api/inbox",
  });
}

async function seeNothingOfAll(): Promise<void> {
  throw new ProfclawError("policy-denied", "A session does not see what all sessions live through.", {
    hint: "Its own tree's, one by one: GET /api/agents/sessions/{id}/events",
  });
}

function refuseForeign(what: string): ProfclawError {
  return new ProfclawError("policy-denied", `${what} is of another tree than the session that asks.`, {
    pointer: "id",
    hint: "A session sees its own tree: GET /api/agents/sessions lists it.",
  });
}

function refuseToStop(what: string): ProfclawError {
  return new ProfclawError("policy-denied", `${what} of the session that asks.`, {
    pointer: "id",
    hint: "A session stops its own children only.",
  });
}
