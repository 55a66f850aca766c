import { setTimeout as sleep } from "node:timers/promises";
import type { Arena } from "../arena/arena.ts";
import type { DaemonAnswer } from "../arena/call-daemon.ts";
import type { Random } from "../random.ts";
import type { Letter } from "./letter.ts";

/** What a peer of the suite got and did, by its own account. */
export interface PeerRecord {
  /** Every time that a letter came, in order: texts. */
  received: string[];
  /** How many of them were acked for certain when the rest came; a text that comes again after that is a repetition. */
  ackedAt: { text: string; after: number }[];
  results: string[];
  deaths: number;
}

/** An agent of the user's own: it writes, and reads its inbox as one does that may die at any moment. */
export interface MailPeer {
  name: string;
  record: PeerRecord;
  /** Sends one after the other, each until it is accepted. */
  send(letters: readonly Letter[], addressOf: (label: string) => string): Promise<void>;
  /** Reads and acks until it is told that there is nothing more to come, and nothing is left. */
  read(isOver: () => boolean): Promise<void>;
  call(path: string, body: unknown, withinMs?: number): Promise<DaemonAnswer | undefined>;
}

interface Mail {
  id: string;
  kind: string;
  content: string;
}

const pauseMs = 30;

export function createMailPeer(arena: Arena, name: string, random: Random): MailPeer {
  const record: PeerRecord = { received: [], ackedAt: [], results: [], deaths: 0 };
  const call: MailPeer["call"] = (path, body, withinMs = 10_000) =>
    arena.call(path, { body, withinMs, headers: { "profclaw-peer": name } }).catch(() => undefined);
  return {
    name,
    record,
    call,
    async send(letters, addressOf) {
      for (const { id, to, content } of letters) {
        const body = { to_cid: addressOf(to), content, idempotency_key: id };
        await untilAccepted(() => call("/api/messages", body));
      }
    },
    read: random.chance(0.5)
      ? (isOver) => readCarefully({ call, record, random }, isOver)
      : (isOver) => readSimply({ call, record, random }, isOver),
  };
}

interface Reader {
  call: MailPeer["call"];
  record: PeerRecord;
  random: Random;
}

/** Acks what it has taken in with its next call, and now and then dies before that. */
async function readCarefully({ call, record, random }: Reader, isOver: () => boolean): Promise<void> {
  let taken: Mail[] = [];
  for (;;) {
    const wasOver = isOver();
    const body = { limit: 20, ack: taken.map(({ id }) => id) };
    const mail = await readPage(call, body, random);
    if (mail === undefined) {
      await sleep(pauseMs);
      continue;
    }
    noteAcked(record, taken);
    takeIn(record, mail);
    taken = mail;
    if (mail.length === 0 && wasOver) return;
    if (mail.length === 0) await call("/api/wait", { timeout_s: 1 });
    if (mail.length > 0 && random.chance(0.1)) {
      record.deaths += 1;
      taken = [];
    }
  }
}

/** Lets each call ack what it answers; one whose answer is lost is made again under its key. */
async function readSimply({ call, record, random }: Reader, isOver: () => boolean): Promise<void> {
  for (;;) {
    const wasOver = isOver();
    const body = { limit: 20, mark_read: true, idempotency_key: `read-${random.next()}` };
    let mail = await readPage(call, body, random);
    while (mail === undefined) {
      await sleep(pauseMs);
      mail = await readPage(call, body, random);
    }
    takeIn(record, mail);
    noteAcked(record, mail);
    if (mail.length === 0 && wasOver) return;
    if (mail.length === 0) await call("/api/wait", { timeout_s: 1 });
  }
}

function takeIn(record: PeerRecord, mail: readonly Mail[]): void {
  for (const { kind, content } of mail) (kind === "result" ? record.results : record.received).push(content);
}

function noteAcked(record: PeerRecord, mail: readonly Mail[]): void {
  const after = record.received.length;
  for (const { kind, content } of mail) if (kind !== "result") record.ackedAt.push({ text: content, after });
}

async function untilAccepted(send: () => Promise<DaemonAnswer | undefined>): Promise<void> {
  for (;;) {
    const answer = await send();
    if (answer?.status === 200) return;
    // Full mailboxes are emptied by their readers; a daemon that is away comes back.
    const mayPass = answer === undefined || answer.status === 429 || answer.status >= 500;
    if (!mayPass) throw new Error(`a letter was answered ${answer.status}: ${answer.text}`);
    await sleep(pauseMs);
  }
}

/** Undefined: no whole answer came. Now and then the reader hangs up before it can. */
async function readPage(call: MailPeer["call"], body: object, random: Random): Promise<Mail[] | undefined> {
  const answer = await call("/api/inbox", body, random.chance(0.03) ? 2 : undefined);
  if (answer?.status !== 200) return undefined;
  return (JSON.parse(answer.text) as { messages: Mail[] }).messages;
}
