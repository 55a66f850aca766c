import type { CallContext, Caller } from "../contract/implement.ts";
import type {
  ListThreadsInput,
  OpenThreadInput,
  ThreadView,
  WholeThreadView,
} from "../contract/thread-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import type { Thread, ThreadNote } from "../core/thread.ts";
import { resolveCwd } from "../engine/folder-looks.ts";
import { toAddress } from "../mailbox/actor.ts";
import { findActor } from "./find-actor.ts";
import { findSession, findThread } from "./find-session.ts";
import { toHash } from "./idempotency.ts";
import { pageOf } from "./page-of.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

const mostOpen = 10_000;
const mostNotes = 200;
const keptMs = 30 * 24 * 3_600_000;

/** The same key of the same author is one thread. */
export async function openThread(
  parts: OperationParts,
  input: OpenThreadInput,
  context: CallContext,
): Promise<WholeThreadView> {
  const actor = await findActor(parts, context.caller);
  const author = toAddress(actor);
  const session = actor.kind === "session" ? actor.session : null;
  const createdAt = parts.clock.now();
  const id = toKeyedId(parts, `${author}:thread:`, input.idempotency_key);
  const thread = {
    id,
    title: input.title,
    urgency: input.urgency,
    author,
    rootId: session?.rootId ?? null,
    cwd: await resolveCwd(input.cwd, session?.cwd ?? parts.daemon.cwd),
    createdAt,
  };
  const note = { id: `${id}/first`, author, at: createdAt, text: input.text };
  await context.recheckCaller();
  const { store } = parts.engineParts;
  const outcome = await store.openThread({ thread, note, mostOpen, closedBefore: createdAt - keptMs });
  if (outcome === "full") throw refuseFull(`${mostOpen} threads are open`, "Close some first.");
  return readWhole(parts, id);
}

export async function listThreads(
  parts: OperationParts,
  input: ListThreadsInput,
  { caller }: CallContext,
): Promise<{ threads: ThreadView[]; next_cursor: string | null }> {
  const { state, cwd, cursor, limit } = input;
  const seenFrom = await toSight(parts, caller);
  const threads = await parts.engineParts.store.listThreads({
    ...(state === undefined ? {} : { isOpen: state === "open" }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(seenFrom === null ? {} : { seenFrom }),
    limit: mostOpen,
  });
  const page = pageOf(threads, { cursor, limit, keyOf: ({ updatedAt, id }) => [-updatedAt, id] });
  return { threads: page.items.map(toThreadView), next_cursor: page.nextCursor };
}

export async function getThread(
  parts: OperationParts,
  { id }: { id: string },
  { caller }: CallContext,
): Promise<WholeThreadView> {
  return readWhole(parts, (await findSeenThread(parts, id, caller)).id);
}

export async function noteThread(
  parts: OperationParts,
  input: { id: string; text: string; idempotency_key?: string | undefined },
  context: CallContext,
): Promise<WholeThreadView> {
  const { id } = await findSeenThread(parts, input.id, context.caller);
  const author = toAddress(await findActor(parts, context.caller));
  const noteId = toKeyedId(parts, `${author}:${id}:`, input.idempotency_key);
  const note = { id: noteId, author, at: parts.clock.now(), text: input.text };
  await context.recheckCaller();
  const outcome = await parts.engineParts.store.noteThread({ id, note, mostNotes });
  if (outcome === "full") throw refuseFull(`It has ${mostNotes} notes`, "Close it, and open another one.");
  if (outcome !== "noted") throw refuseClosed(id);
  return readWhole(parts, id);
}

export async function closeThread(
  parts: OperationParts,
  input: { id: string; text?: string | undefined },
  context: CallContext,
): Promise<WholeThreadView> {
  const { id } = await findSeenThread(parts, input.id, context.caller);
  const by = toAddress(await findActor(parts, context.caller));
  const at = parts.clock.now();
  const { text } = input;
  const note: ThreadNote | null =
    text === undefined ? null : { id: parts.engineParts.newId(), author: by, at, text };
  await context.recheckCaller();
  await parts.engineParts.store.closeThread({ id, by, at, note });
  return readWhole(parts, id);
}

/** What a session may see; null for people and their agents, who see all. */
export async function toSight(
  { engineParts }: OperationParts,
  caller: Caller,
): Promise<{ rootId: string; cwd: string; sessionId: string } | null> {
  if (caller.kind !== "session") return null;
  const { id, rootId, cwd } = await findSession(engineParts.store, caller.sessionId);
  return { rootId, cwd, sessionId: id };
}

/** Throws not-found, ambiguous-id, and policy-denied for a session that has nothing to do with it. */
export async function findSeenThread(parts: OperationParts, id: string, caller: Caller): Promise<Thread> {
  const thread = await findThread(parts.engineParts.store, id);
  const sight = await toSight(parts, caller);
  const isSeen =
    sight === null || thread.rootId === sight.rootId || (thread.rootId === null && thread.cwd === sight.cwd);
  if (isSeen) return thread;
  throw new ProfclawError("policy-denied", `Thread ${thread.id} is of another tree.`, {
    pointer: "id",
    hint: "A session sees its own tree's threads, and in its folder those of people: list them.",
  });
}

/** An id that is the same for the same key. */
export function toKeyedId(parts: OperationParts, scope: string, key: string | undefined): string {
  if (key === undefined) return parts.engineParts.newId();
  const hash = toHash(`${scope}${key}`);
  const variant = `4${hash.slice(13, 16)}-8${hash.slice(17, 20)}`;
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-${variant}-${hash.slice(20, 32)}`;
}

async function readWhole({ engineParts: { store } }: OperationParts, id: string): Promise<WholeThreadView> {
  const [thread, notes] = await Promise.all([findThread(store, id), store.listNotes(id)]);
  return {
    ...toThreadView(thread),
    notes: notes.map((note) => ({ ...note, at: toTimeText(note.at) })),
  };
}

function toThreadView(thread: Thread): ThreadView {
  const { id, title, urgency, author, cwd, createdAt, updatedAt, closedAt, closedBy } = thread;
  return {
    id,
    title,
    state: closedAt === null ? "open" : "closed",
    urgency,
    author,
    cwd,
    notes_count: thread.notes,
    created_at: toTimeText(createdAt),
    updated_at: toTimeText(updatedAt),
    closed_at: closedAt === null ? null : toTimeText(closedAt),
    closed_by: closedBy,
    links: { thread: `/api/threads/${id}`, pickup: `/api/candidates/${id}/pickup` },
  };
}

function refuseFull(what: string, hint: string): ProfclawError {
  return new ProfclawError("too-many", `${what}; there is no room for more.`, { hint });
}

function refuseClosed(id: string): ProfclawError {
  return new ProfclawError("thread-closed", `Thread ${id} is closed.`, {
    pointer: "id",
    hint: "Open another one that names it.",
  });
}
