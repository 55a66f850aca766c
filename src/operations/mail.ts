import type { CallContext } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { type Actor, toAddress } from "../mailbox/actor.ts";
import type { Letter } from "../mailbox/mailbox.ts";
import type { MailScope } from "../store/mail.ts";
import type { Store } from "../store/store.ts";
import { findActor } from "./find-actor.ts";
import { findBatch } from "./find-session.ts";
import { toHash } from "./idempotency.ts";
import type { OperationParts } from "./parts.ts";
import { untilWoken } from "./until-woken.ts";

/** Peers that have not called for a day are not there. */
const seenWithinMs = 24 * 3_600_000;

export async function whisper(
  parts: OperationParts,
  input: { to_cid: string; content: string; idempotency_key?: string | undefined },
  context: CallContext,
): Promise<{ id: string; to_cid: string; woken: boolean }> {
  const actor = await findActor(parts, context.caller);
  const letter = toLetter(parts, { actor, context, content: input.content, key: input.idempotency_key });
  const { to, woken } = await parts.engine.mailbox.whisper(actor, input.to_cid, letter);
  return { id: letter.id, to_cid: to, woken };
}

export async function broadcast(
  parts: OperationParts,
  input: {
    content: string;
    scope?: "tree" | "batch" | "all" | undefined;
    batch_id?: string | undefined;
    idempotency_key?: string | undefined;
  },
  context: CallContext,
): Promise<{ id: string; to: string[]; left_out: string[] }> {
  const actor = await findActor(parts, context.caller);
  const isNamed = context.caller.kind === "session" || context.caller.peer !== undefined;
  const scope = await toScope(parts, actor, { ...input, scope: input.scope ?? (isNamed ? "tree" : "all") });
  const letter = toLetter(parts, { actor, context, content: input.content, key: input.idempotency_key });
  const { to, full } = await parts.engine.mailbox.broadcast(actor, scope, letter);
  return { id: letter.id, to, left_out: full };
}

async function toScope(
  parts: OperationParts,
  actor: Actor,
  input: { scope: "tree" | "batch" | "all"; batch_id?: string | undefined },
): Promise<MailScope> {
  if (input.scope === "tree") {
    return actor.kind === "session"
      ? { kind: "tree", rootId: actor.session.rootId }
      : { kind: "peer", peerId: actor.peer.id };
  }
  if (input.scope === "batch") return toBatchScope(parts, actor, input.batch_id);
  if (actor.kind === "peer") return { kind: "all", seenSince: parts.clock.now() - seenWithinMs };
  throw new ProfclawError("policy-denied", "A session does not write to other trees than its own.", {
    pointer: "scope",
    hint: 'Use scope "tree" or "batch".',
  });
}

async function toBatchScope(
  parts: OperationParts,
  actor: Actor,
  batchId: string | undefined,
): Promise<MailScope> {
  const wanted = batchId ?? (actor.kind === "session" ? actor.session.batchId : undefined);
  if (wanted === undefined) {
    throw new ProfclawError("invalid-request", 'With scope "batch", say which one.', {
      pointer: "batch_id",
      hint: "It is the batch_id that a spawn answered.",
    });
  }
  const { store } = parts.engineParts;
  const { id } = await findBatch(store, wanted);
  if (actor.kind === "session" && id !== actor.session.batchId) {
    const { sessions } = await store.listSessions({ batchId: id, limit: 1 });
    if (sessions[0]?.rootId !== actor.session.rootId) {
      throw new ProfclawError("policy-denied", `Batch ${id} is not of your tree.`, {
        pointer: "batch_id",
        hint: 'Leave batch_id out for your own, or use scope "tree".',
      });
    }
  }
  return { kind: "batch", batchId: id };
}

export interface AskView {
  status: "answered" | "timed_out";
  qid: string;
  answer: string | null;
  hint: string | null;
}

/** Resolves with the answer, or when the time is over; the question stands then. */
export async function ask(
  parts: OperationParts,
  input: { to_cid: string; question: string; timeout_s: number; idempotency_key?: string | undefined },
  context: CallContext,
): Promise<AskView> {
  const actor = await findActor(parts, context.caller);
  const letter = toLetter(parts, { actor, context, content: input.question, key: input.idempotency_key });
  const timeoutMs = input.timeout_s * 1_000;
  const until = parts.clock.now() + timeoutMs;
  const own = toAddress(actor);
  const { store, bell } = parts.engineParts;
  const answer = await untilWoken(
    { clock: parts.clock, timeoutMs, signal: context.signal },
    {
      listen: (wake) => bell.listen(own, wake),
      begin: async () => void (await parts.engine.mailbox.ask(actor, input.to_cid, { ...letter, until })),
      look: () => readAnswer(store, letter.id),
    },
  );
  if (answer === null) return toTimedOut(letter.id);
  // Who has gone away meanwhile finds it in its inbox.
  if (!context.signal.aborted) {
    await store.ackMail({ to: own, ids: [`answer-${letter.id}`], at: parts.clock.now() });
  }
  return { status: "answered", qid: letter.id, answer, hint: null };
}

async function readAnswer(store: Store, qid: string): Promise<string | null> {
  const answerId = (await store.getQuestion(qid))?.answerId ?? null;
  const answer = answerId === null ? undefined : await store.getMessage(answerId);
  return answer?.content ?? null;
}

function toTimedOut(qid: string): AskView {
  const hint =
    "The question stands. Go on; the answer comes to your inbox with reply_to = qid, or call wait.";
  return { status: "timed_out", qid, answer: null, hint };
}

export async function respond(
  parts: OperationParts,
  input: { qid: string; content: string },
  context: CallContext,
): Promise<{ id: string; qid: string; to_cid: string; status: "in_time" | "late" }> {
  const actor = await findActor(parts, context.caller);
  const recheck = (): Promise<void> => context.recheckCaller();
  const { id, to, isLate } = await parts.engine.mailbox.respond(actor, input.qid, {
    content: input.content,
    recheck,
  });
  return { id, qid: input.qid, to_cid: to, status: isLate ? "late" : "in_time" };
}

interface Draft {
  actor: Actor;
  context: CallContext;
  content: string;
  key: string | undefined;
}

/** The same key of the same sender, the same message. */
function toLetter(parts: OperationParts, { actor, context, content, key }: Draft): Letter {
  const id =
    key === undefined
      ? parts.engineParts.newId()
      : `mail-${toHash(`${toAddress(actor)}:${key}`).slice(0, 32)}`;
  return { id, content, recheck: () => context.recheckCaller() };
}
