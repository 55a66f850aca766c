import { createHash } from "node:crypto";
import type { CallContext, Caller } from "../contract/implement.ts";
import type { MessageView, SendMessageInput } from "../contract/message-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { type SessionId, toShortId } from "../core/id.ts";
import { type Message, toReceipt, userSender } from "../core/message.ts";
import type { SessionRecord, SessionStatus } from "../core/session.ts";
import { requireAfterwards } from "../engine/resolve-agent.ts";
import { isFamily } from "../engine/sessions-port.ts";
import type { Store } from "../store/store.ts";
import { findSession } from "./find-session.ts";
import { toScope } from "./idempotency.ts";
import { refuseToDrive } from "./may-drive.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

// A session that does not read must not fill the disk.
const mostUnread = 200;

/** Stores the message, then tells the engine: from the answer on it is read once, or shown as missed. */
export async function sendMessage(
  parts: OperationParts,
  input: SendMessageInput,
  context: CallContext,
): Promise<MessageView> {
  const { store } = parts.engineParts;
  const session = await findSession(store, input.id);
  const message = toMessage(parts, session, { input, caller: context.caller });
  await refuseToSend(store, session, { message, caller: context.caller });
  requireAfterwards(parts.engineParts, session.agent, "message");
  const known = await store.getMessage(message.id);
  if (known !== undefined) refuseOther(known, message);
  await refuseCrowd(store, session.id);
  await context.recheckCaller();
  await store.postMessage(message);
  if (known === undefined) parts.engine.noteMail(message);
  return readReceipt(store, session.id, message.id);
}

export async function getMessage(
  parts: OperationParts,
  input: { id: string; message_id: string },
): Promise<MessageView> {
  const { store } = parts.engineParts;
  return readReceipt(store, (await findSession(store, input.id)).id, input.message_id);
}

export async function listMessages(
  parts: OperationParts,
  input: { id: string; unread: "true" | "false"; cursor?: string | undefined; limit: number },
): Promise<{ messages: MessageView[]; next_cursor: string | null }> {
  const { store } = parts.engineParts;
  const { id, status } = await findSession(store, input.id);
  const found = await store.listMessages({
    to: id,
    unackedOnly: input.unread === "true",
    ...(input.cursor === undefined ? {} : { afterId: input.cursor }),
    // One more than asked tells whether there is a next page.
    limit: input.limit + 1,
  });
  const page = found.slice(0, input.limit);
  return {
    messages: page.map((message) => toMessageView(message, status)),
    next_cursor: found.length > page.length ? (page.at(-1)?.id ?? null) : null,
  };
}

/** The session is read after the message: one that was read or missed meanwhile is told as that. */
async function readReceipt(store: Store, sessionId: SessionId, messageId: string): Promise<MessageView> {
  const [message, session] = await Promise.all([store.getMessage(messageId), store.getSession(sessionId)]);
  if (message === undefined || session === undefined || message.to !== sessionId) {
    throw new ProfclawError(
      "not-found",
      `No message to ${sessionId} has the id ${JSON.stringify(messageId.slice(0, 80))}.`,
      {
        pointer: "message_id",
        hint: `See its mail: GET /api/agents/sessions/${sessionId}/messages`,
      },
    );
  }
  return toMessageView(message, session.status);
}

function toMessage(
  parts: OperationParts,
  session: SessionRecord,
  { input, caller }: { input: SendMessageInput; caller: Caller },
): Message {
  const isSession = caller.kind === "session";
  return {
    id: toMessageId(parts, `${session.id}:${toScope(caller)}`, input.idempotency_key),
    kind: isSession ? "whisper" : "user",
    from: isSession ? caller.sessionId : userSender,
    to: session.id,
    content: input.message,
    createdAt: parts.clock.now(),
    ackedAt: null,
    delivery: input.delivery,
  };
}

/** The same key, the same message: what is sent again after a lost answer is not read twice. */
function toMessageId(parts: OperationParts, scope: string, key: string | undefined): string {
  if (key === undefined) return parts.engineParts.newId();
  return `sent-${createHash("sha256").update(`${scope}:${key}`).digest("hex").slice(0, 32)}`;
}

/** A session writes to its family, in words that are quoted; whoever else writes, gives orders. */
async function refuseToSend(
  store: Store,
  session: SessionRecord,
  { message, caller }: { message: Message; caller: Caller },
): Promise<void> {
  if (caller.kind !== "session") return refuseToDrive(caller, session);
  const sender = await store.getSession(caller.sessionId);
  if (sender === undefined || !isFamily(sender, session)) {
    throw new ProfclawError(
      "policy-denied",
      `Session ${session.id} is no parent, child or sibling of the sender.`,
      {
        pointer: "id",
        hint: "A session writes to its parent, its children and its siblings.",
      },
    );
  }
  if (message.delivery !== "interrupt") return;
  throw new ProfclawError("policy-denied", "A session interrupts no other: that is a person's right.", {
    pointer: "delivery",
    hint: 'Use "steer": it is read before the next model call.',
  });
}

function refuseOther(known: Message, message: Message): void {
  if (known.content === message.content && known.delivery === message.delivery) return;
  throw new ProfclawError("idempotency-key-reused", "This idempotency key was used with another message.", {
    pointer: "idempotency_key",
    hint: "Use a new key, or send the same message.",
  });
}

async function refuseCrowd(store: Store, to: SessionId): Promise<void> {
  const unread = await store.listMessages({ to, unackedOnly: true, limit: mostUnread });
  if (unread.length < mostUnread) return;
  throw new ProfclawError("too-many", `Session ${to} has ${mostUnread} unread messages; it takes no more.`, {
    pointer: "id",
    hint: "Wait until it has read some, or say more in one message.",
  });
}

function toMessageView(message: Message, status: SessionStatus): MessageView {
  const receipt = toReceipt(message, status);
  const { id, from, kind, delivery, content, to } = message;
  return {
    id,
    session_id: to,
    from,
    kind,
    delivery,
    receipt,
    message: content,
    created_at: toTimeText(message.createdAt),
    delivered_at: message.ackedAt === null ? null : toTimeText(message.ackedAt),
    hint: receipt === "missed" ? toMissedHint(to, status) : null,
  };
}

function toMissedHint(id: SessionId, status: SessionStatus): string {
  return `It has ended (${status}). To let it go on and read this: profclaw agent resume ${toShortId(id)}`;
}
