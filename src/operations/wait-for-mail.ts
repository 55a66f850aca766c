import type { CallContext } from "../contract/implement.ts";
import type { WaitedView } from "../contract/inbox-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import { type Actor, toAddress } from "../mailbox/actor.ts";
import { findActor } from "./find-actor.ts";
import { findSession } from "./find-session.ts";
import { ackMail, listAckedUnder, listMail, takeMail, toMailView } from "./inbox.ts";
import { openViews } from "./open-views.ts";
import type { OperationParts } from "./parts.ts";
import { untilWoken } from "./until-woken.ts";

interface WaitInput {
  tasks: string[];
  until: "all" | "any" | number;
  timeout_s: number;
  mark_read: boolean;
  idempotency_key?: string | undefined;
}

/** What a look has found; without a status it is not over yet. */
interface Found {
  status: "done" | "message" | null;
  tasks: SessionRecord[];
  messages: Message[];
}

const mostMessages = 20;

/** Resolves when enough of the tasks have ended or mail is there, or when the time is over. */
export async function waitForMail(
  parts: OperationParts,
  input: WaitInput,
  context: CallContext,
): Promise<WaitedView> {
  const actor = await findActor(parts, context.caller);
  const ids = await findTasks(parts, actor, input.tasks);
  const needed = toNeeded(input.until, ids.length);
  const { bell, hub } = parts.engineParts;
  const wanted = new Set(ids);
  const own = toAddress(actor);
  const look = async (): Promise<Found> =>
    (await lookAgain(parts, own, input)) ?? lookOnce(parts, { own, ids, needed });
  const found = await untilWoken(
    { clock: parts.clock, timeoutMs: input.timeout_s * 1_000, signal: context.signal },
    {
      listen(wake) {
        const unlisten = bell.listen(own, wake);
        const unsubscribe = hub.subscribe(null, (news) => {
          if (news.kind === "journal" && news.ended && wanted.has(news.sessionId)) wake();
        });
        return () => {
          unlisten();
          unsubscribe();
        };
      },
      async look() {
        const seen = await look();
        return seen.status === null ? null : seen;
      },
    },
  );
  return toView(parts, { found: found ?? (await look()), own, input });
}

/** A session waits for those of its own tree. */
async function findTasks(parts: OperationParts, actor: Actor, tasks: readonly string[]): Promise<string[]> {
  const records = await Promise.all(tasks.map((task) => findSession(parts.engineParts.store, task)));
  const foreign = records.find(({ rootId }) => actor.kind === "session" && actor.session.rootId !== rootId);
  if (foreign !== undefined) {
    throw new ProfclawError("policy-denied", `Session ${foreign.id} is not of your tree.`, {
      pointer: "tasks",
      hint: "Wait for sessions that you or your tree have spawned.",
    });
  }
  const own = records.find(({ id }) => id === toAddress(actor));
  if (own !== undefined) {
    throw new ProfclawError("invalid-request", "You cannot wait for your own end.", {
      pointer: "tasks",
      hint: "Leave your own id out.",
    });
  }
  return [...new Set(records.map(({ id }) => id))];
}

function toNeeded(until: WaitInput["until"], count: number): number {
  if (until === "any") return Math.min(1, count);
  if (until === "all") return count;
  if (until <= count) return until;
  throw new ProfclawError("invalid-request", `until is ${until}, and there are ${count} tasks.`, {
    pointer: "until",
    hint: 'Name as many tasks, or use "all" or "any".',
  });
}

/** The answer of an earlier call with this key, if it acked mail; null: there was none. */
async function lookAgain(parts: OperationParts, own: string, input: WaitInput): Promise<Found | null> {
  const { mark_read: markRead, idempotency_key: key } = input;
  const messages = markRead && key !== undefined ? await listAckedUnder(parts, own, key) : [];
  if (messages.length === 0) return null;
  const tasks = await Promise.all(input.tasks.map((task) => findSession(parts.engineParts.store, task)));
  return { status: "message", tasks, messages };
}

async function lookOnce(
  parts: OperationParts,
  { own, ids, needed }: { own: string; ids: readonly string[]; needed: number },
): Promise<Found> {
  const { store } = parts.engineParts;
  const records = await Promise.all(ids.map((id) => store.getSession(id)));
  const tasks = records.filter((record) => record !== undefined);
  const ended = tasks.filter(({ status }) => isEndStatus(status));
  // One that was removed meanwhile has ended as well.
  if (ids.length > 0 && ended.length + ids.length - tasks.length >= needed) {
    return { status: "done", tasks, messages: [] };
  }
  // Who names tasks waits for their ends: those of others, told of long ago or just now, stay in the inbox.
  const withoutResults = ids.length > 0;
  const { messages } = await listMail(parts, {
    to: own,
    unackedOnly: true,
    withoutResults,
    limit: mostMessages,
  });
  return { status: messages.length > 0 ? "message" : null, tasks, messages };
}

async function toView(
  parts: OperationParts,
  { found, own, input }: { found: Found; own: string; input: WaitInput },
): Promise<WaitedView> {
  const views = await openViews(parts);
  const { mark_read: markRead, idempotency_key: key } = input;
  const messages = markRead
    ? await takeMail(parts, { to: own, key }, () => Promise.resolve(found.messages))
    : found.messages;
  if (markRead && found.status === "done") await ackResults(parts, own, found.tasks);
  return {
    status: found.status ?? "timed_out",
    tasks: found.tasks.map((record) => views.session(record)),
    messages: messages.map(toMailView),
    hint: toHint(found.status, markRead),
  };
}

function toHint(status: Found["status"], markRead: boolean): string | null {
  if (status === null) return "Nothing has happened yet. Call wait again, or do something else.";
  if (status === "done" || markRead) return null;
  return "This mail is still unread and ends your next wait too. Ack it: inbox with mark_read, or wait with mark_read.";
}

/** The tasks' own result messages say once more what is in `tasks`. */
async function ackResults(
  parts: OperationParts,
  own: string,
  tasks: readonly SessionRecord[],
): Promise<void> {
  const ended = new Set(tasks.filter(({ status }) => isEndStatus(status)).map(({ id }) => id));
  const mail = await parts.engineParts.store.listMessages({ to: own, unackedOnly: true, limit: 1_000 });
  await ackMail(
    parts,
    { to: own },
    mail.filter(({ kind, from }) => kind === "result" && ended.has(from)),
  );
}
