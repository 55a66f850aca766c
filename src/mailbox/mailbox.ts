import { ProfclawError } from "../core/errors.ts";
import { toShortId } from "../core/id.ts";
import type { Address, Message } from "../core/message.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import { parseLevel } from "../policy/levels.ts";
import type { MailScope } from "../store/mail.ts";
import type { Store } from "../store/store.ts";
import { type Actor, toAddress } from "./actor.ts";
import { type Addressee, findAddressee } from "./find-addressee.ts";
import { type SendRate, createSendRate } from "./send-rate.ts";

/** What a mailbox stands on. */
export interface MailboxParts {
  store: Store;
  clock: { now(): number };
  /** Mail is on disk: who waits for it may go on. */
  onMail(message: Pick<Message, "to" | "kind" | "delivery">): void;
  /** An ended session goes on, to read what has come. False if it goes on already. */
  reopen(session: SessionRecord): Promise<boolean>;
}

/** What is written, under which id: the same id twice is one message. `recheck` comes right before the commit. */
export interface Letter {
  id: string;
  content: string;
  recheck?: () => Promise<void>;
}

/** What became of a whisper. */
export interface Whispered {
  to: Address;
  /** It had ended and goes on. */
  woken: boolean;
}

/** Mail among sessions and peers. Every method refuses with a ProfclawError before anything is written. */
export interface Mailbox {
  whisper(from: Actor, to: string, letter: Letter): Promise<Whispered>;
  broadcast(from: Actor, scope: MailScope, letter: Letter): Promise<{ to: Address[]; full: Address[] }>;
  /** Resolves once the question is there; `until` is ms since the epoch. */
  ask(from: Actor, to: string, letter: Letter & { until: number }): Promise<{ to: Address }>;
  respond(
    from: Actor,
    qid: string,
    letter: Omit<Letter, "id">,
  ): Promise<{ id: string; to: Address; isLate: boolean }>;
}

// A reader that does not read must not fill the disk.
const mostUnread = 1_000;

export function createMailbox(parts: MailboxParts): Mailbox {
  const rate = createSendRate(parts.clock);
  return {
    whisper: (from, to, letter) => whisper(parts, { from, to }, letter),
    broadcast: (from, scope, letter) => broadcast({ ...parts, rate }, { from, scope }, letter),
    ask: (from, to, letter) => ask(parts, { from, to }, letter),
    respond: (from, qid, letter) => respond(parts, { from, qid }, letter),
  };
}

interface Way {
  from: Actor;
  to: string;
}

async function whisper(parts: MailboxParts, way: Way, letter: Letter): Promise<Whispered> {
  const found = await findAddressee(parts.store, way.from, way.to);
  const known = await parts.store.getMessage(letter.id);
  if (known !== undefined) return { to: refuseOther(known, letter).to, woken: false };
  refuseEnded(way.from, found);
  const message = toMessage(parts, { ...way, found, letter, kind: "whisper" });
  await refuseCrowd(parts.store, message.to);
  await letter.recheck?.();
  await parts.store.postMessage(message);
  return { to: message.to, woken: await tell(parts, way.from, message) };
}

async function ask(
  parts: MailboxParts,
  way: Way,
  letter: Letter & { until: number },
): Promise<{ to: Address }> {
  const found = await findAddressee(parts.store, way.from, way.to);
  const known = await parts.store.getMessage(letter.id);
  if (known !== undefined) return { to: refuseOther(known, letter).to };
  refuseEnded(way.from, found);
  const message = toMessage(parts, { ...way, found, letter, kind: "ask" });
  await refuseCrowd(parts.store, message.to);
  await letter.recheck?.();
  const outcome = await parts.store.postQuestion(message, letter.until);
  if (outcome.kind === "cycle") refuseRing(message.from, outcome.ring);
  await tell(parts, way.from, message);
  return { to: message.to };
}

async function broadcast(
  { rate, ...parts }: MailboxParts & { rate: SendRate },
  { from, scope }: { from: Actor; scope: MailScope },
  { id, content, recheck }: Letter,
): Promise<{ to: Address[]; full: Address[] }> {
  if (from.kind === "session") rate.take(from.session.id);
  await recheck?.();
  const sender = toAddress(from);
  const message = { id, kind: "broadcast", from: sender, content, createdAt: parts.clock.now() } as const;
  const sent = await parts.store.postBroadcast({
    message: { ...message, delivery: "steer" },
    scope,
    mostUnread,
  });
  for (const to of sent.to) parts.onMail({ to, kind: "broadcast", delivery: "steer" });
  return sent;
}

async function respond(
  parts: MailboxParts,
  { from, qid }: { from: Actor; qid: string },
  { content, recheck }: Omit<Letter, "id">,
): Promise<{ id: string; to: Address; isLate: boolean }> {
  const question = await parts.store.getQuestion(qid);
  const own = toAddress(from);
  if (question === undefined || question.addressee !== own) {
    throw new ProfclawError(
      "not-found",
      `No question to you has the id ${JSON.stringify(qid.slice(0, 80))}.`,
      {
        pointer: "qid",
        hint: "The qid is the id of a message of kind ask in your inbox.",
      },
    );
  }
  await recheck?.();
  const now = parts.clock.now();
  const id = `answer-${qid}`;
  const message: Message = {
    id,
    kind: "answer",
    from: own,
    to: question.asker,
    content,
    replyTo: qid,
    createdAt: now,
    ackedAt: null,
    delivery: "steer",
  };
  const outcome = await parts.store.postAnswer(message);
  if (outcome === "answered") refuseAnswered(qid);
  parts.onMail(message);
  return { id, to: question.asker, isLate: now > question.until };
}

function refuseAnswered(qid: string): never {
  throw new ProfclawError("question-closed", `You have answered ${qid} before, in other words.`, {
    pointer: "qid",
    hint: "To add to it, whisper to the asker.",
  });
}

/** Who sleeps goes on; who has ended, in this very moment maybe, does so too where the sender may wake it. */
async function tell(parts: MailboxParts, from: Actor, message: Message): Promise<boolean> {
  parts.onMail(message);
  const session = await parts.store.getSession(message.to);
  if (session === undefined || !isEndStatus(session.status) || !mayWake(from, session)) return false;
  return parts.reopen(session);
}

interface Draft {
  from: Actor;
  found: Addressee;
  letter: Letter;
  kind: Message["kind"];
}

function toMessage(parts: MailboxParts, { from, found, letter, kind }: Draft): Message {
  return {
    id: letter.id,
    kind,
    from: toAddress(from),
    to: found.kind === "session" ? found.session.id : found.peer.id,
    content: letter.content,
    createdAt: parts.clock.now(),
    ackedAt: null,
    delivery: "steer",
  };
}

function refuseOther(known: Message, letter: Letter): Message {
  if (known.content === letter.content) return known;
  throw new ProfclawError("idempotency-key-reused", "This idempotency key was used with another message.", {
    pointer: "idempotency_key",
    hint: "Use a new key, or send the same message.",
  });
}

/** An ended session is woken by who may say what it does next; nobody else's mail would ever be read. */
function refuseEnded(from: Actor, found: Addressee): void {
  if (found.kind === "peer" || !isEndStatus(found.session.status)) return;
  const { id, status, reason } = found.session;
  if (mayWake(from, found.session)) return;
  throw new ProfclawError("session-ended", `Session ${id} has ended (${status}); it reads no mail.`, {
    pointer: "to_cid",
    hint:
      reason === "lost"
        ? `Start it anew: profclaw agent retry ${toShortId(id)}`
        : `Its parent, or a person, can let it go on: profclaw agent resume ${toShortId(id)} "…"`,
  });
}

function mayWake(from: Actor, { parentId, permissionMode, reason }: SessionRecord): boolean {
  if (reason === "lost") return false;
  if (from.kind === "session") return parentId === from.session.id;
  return from.isTrusted || parseLevel(permissionMode).name !== "full";
}

function refuseRing(asker: Address, ring: readonly Address[]): never {
  const way = [asker, ...ring].map(toShortId).join(" → ");
  throw new ProfclawError("wait-cycle", `Each would wait for the other: ${way}.`, {
    pointer: "to_cid",
    hint: "Answer the question that you were asked first (respond), or whisper instead of asking.",
  });
}

async function refuseCrowd(store: Store, to: Address): Promise<void> {
  if ((await store.countUnread(to)) < mostUnread) return;
  throw new ProfclawError("too-many", `${to} has ${mostUnread} unread messages; it takes no more.`, {
    pointer: "to_cid",
    hint: "Wait until it has read some, or say more in one message.",
  });
}
