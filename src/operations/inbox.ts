import type { CallContext } from "../contract/implement.ts";
import type { MailView } from "../contract/mail-shapes.ts";
import { ProfclawError } from "../core/errors.ts";
import { isIdPrefix } from "../core/id.ts";
import type { Address, Message } from "../core/message.ts";
import { toAddress } from "../mailbox/actor.ts";
import { findActor } from "./find-actor.ts";
import { findBatch, findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

// A page of the longest texts would be 25 MB.
const mostPageCharacters = 1_000_000;

interface InboxInput {
  cursor?: string | undefined;
  limit: number;
  mark_read: boolean;
  ack?: string[] | undefined;
  idempotency_key?: string | undefined;
}

/** The caller's own unread mail. */
export async function readInbox(
  parts: OperationParts,
  input: InboxInput,
  context: CallContext,
): Promise<{ messages: MailView[]; cursor: string | null; unread: number }> {
  const to = toAddress(await findActor(parts, context.caller));
  const { store, clock } = parts.engineParts;
  const { ack = [], mark_read: markRead, idempotency_key: key } = input;
  if (ack.length > 0) await store.ackMail({ to, ids: ack, at: clock.now() });
  const find = async (): Promise<Message[]> =>
    (await listMail(parts, { to, unackedOnly: true, ...input })).messages;
  const messages = markRead ? await takeMail(parts, { to, key }, find) : await find();
  const cursor = messages.at(-1)?.id ?? input.cursor ?? null;
  return { messages: messages.map(toMailView), cursor, unread: await store.countUnread(to) };
}

/** Somebody's mail, without acking any. */
export async function showInbox(
  parts: OperationParts,
  input: { id: string; unread: "true" | "false"; cursor?: string | undefined; limit: number },
): Promise<{ messages: MailView[]; next_cursor: string | null }> {
  const to = await findAddress(parts, input.id);
  const page = await listMail(parts, { to, unackedOnly: input.unread === "true", ...input });
  return {
    messages: page.messages.map(toMailView),
    next_cursor: page.hasMore ? (page.messages.at(-1)?.id ?? null) : null,
  };
}

interface MailQuery {
  to: Address;
  unackedOnly: boolean;
  withoutResults?: boolean;
  cursor?: string | undefined;
  limit: number;
}

/** As many as fit a page; one always does. */
export async function listMail(
  parts: OperationParts,
  { to, unackedOnly, withoutResults = false, cursor, limit }: MailQuery,
): Promise<{ messages: Message[]; hasMore: boolean }> {
  const after = cursor === undefined ? {} : { afterId: cursor };
  const query = { to, unackedOnly, withoutResults, ...after, limit: limit + 1 };
  const found = await parts.engineParts.store.listMessages(query);
  const messages: Message[] = [];
  let length = 0;
  for (const message of found.slice(0, limit)) {
    length += message.content.length;
    if (messages.length > 0 && length > mostPageCharacters) break;
    messages.push(message);
  }
  return { messages, hasMore: found.length > messages.length };
}

/** Who acks, and the key under which the same comes again should the answer be lost. */
interface Taking {
  to: Address;
  key?: string | undefined;
}

/** What was acked under this key before, or else what is found now, acked. */
export async function takeMail(
  parts: OperationParts,
  { to, key }: Taking,
  find: () => Promise<readonly Message[]>,
): Promise<Message[]> {
  const again = key === undefined ? [] : await listAckedUnder(parts, to, key);
  if (again.length > 0) return again;
  const acked = await ackMail(parts, { to, key }, await find());
  // A call with the same key that was given up may have acked some in the meantime: they are of this answer too.
  return key === undefined ? acked : listAckedUnder(parts, to, key);
}

/** What an earlier call with this key has acked. */
export function listAckedUnder(parts: OperationParts, to: Address, ackKey: string): Promise<Message[]> {
  return parts.engineParts.store.listMessages({ to, unackedOnly: false, ackKey, limit: 1_000 });
}

/** The same messages, acked. */
export async function ackMail(
  parts: OperationParts,
  { to, key }: Taking,
  messages: readonly Message[],
): Promise<Message[]> {
  const at = parts.clock.now();
  if (messages.length > 0)
    await parts.engineParts.store.ackMail({ to, ids: messages.map(({ id }) => id), at, key });
  return messages.map((message) => ({ ...message, ackedAt: message.ackedAt ?? at }));
}

/** A peer's, a session's or a batch's address. */
async function findAddress(parts: OperationParts, text: string): Promise<Address> {
  const { store } = parts.engineParts;
  const peer = await store.getPeer(text);
  if (peer !== undefined) return peer.id;
  const prefix = text.toLowerCase();
  if (isIdPrefix(prefix)) {
    const [sessions, batches, peers] = await Promise.all([
      store.findSessionIds(prefix, 2),
      store.findBatchIds(prefix, 2),
      store.findPeerIds(prefix, 2),
    ]);
    const [only, other] = [...sessions, ...batches, ...peers];
    if (only !== undefined && other === undefined) return only;
    if (only !== undefined && peers.length < 2) {
      return sessions.length > 0 ? (await findSession(store, text)).id : (await findBatch(store, text)).id;
    }
  }
  throw new ProfclawError("not-found", `No session, batch or peer is ${JSON.stringify(text.slice(0, 80))}.`, {
    pointer: "id",
    hint: "See the ids with: profclaw agent sessions --all",
  });
}

export function toMailView(message: Message): MailView {
  const { id, kind, from, to, content, createdAt, ackedAt, replyTo } = message;
  return {
    id,
    kind,
    from_cid: from,
    to_cid: to,
    content,
    created_at: toTimeText(createdAt),
    reply_to: replyTo ?? null,
    acked: ackedAt !== null,
  };
}
