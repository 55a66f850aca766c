import { createHash } from "node:crypto";
import type { Message } from "../core/message.ts";
import { type SessionRecord, liveStatuses } from "../core/session.ts";
import type { MailPort, Neighbour } from "../core/tool-context.ts";
import type { Actor } from "../mailbox/actor.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Spawner } from "./spawner.ts";

const mostNeighbours = 100;
const longestTask = 200;

/** What the tools of one session may do with mail: the same that it may do over HTTP. */
export function createMailPort(parts: EngineParts, session: SessionRecord, spawner: Spawner): MailPort {
  const { store, clock } = parts;
  const { mailbox } = spawner;
  const from: Actor = { kind: "session", session };
  const scopes = {
    tree: { kind: "tree", rootId: session.rootId },
    batch: { kind: "batch", batchId: session.batchId },
  } as const;
  return {
    now: () => clock.now(),
    whisper: (toolCallId, to, content) =>
      mailbox.whisper(from, to, { id: toLetterId(session, toolCallId), content }),
    broadcast: (toolCallId, scope, content) =>
      mailbox.broadcast(from, scopes[scope], { id: toLetterId(session, toolCallId), content }),
    async ask(toolCallId, to, { text, timeoutMs }) {
      const qid = toLetterId(session, toolCallId);
      // Done again after a crash, it is the question that was put before.
      const untilMs = (await store.getQuestion(qid))?.until ?? clock.now() + timeoutMs;
      await mailbox.ask(from, to, { id: qid, content: text, until: untilMs });
      return { qid, untilMs };
    },
    respond: (qid, content) => mailbox.respond(from, qid, { content }),
    async unread(limit) {
      const mail = await store.listMessages({ to: session.id, unackedOnly: true, limit: limit + 100 });
      return mail.filter(({ kind }) => kind !== "user").slice(0, limit);
    },
    async answerTo(qid): Promise<Message | undefined> {
      const question = await store.getQuestion(qid);
      const isOwn = question?.asker === session.id;
      return isOwn && question.answerId !== null ? store.getMessage(question.answerId) : undefined;
    },
    neighbours: () => listNeighbours(parts, session, spawner),
  };
}

/** Safe in a quote, whatever a provider calls its calls. */
function toLetterId(session: SessionRecord, toolCallId: string): string {
  return `mail-${createHash("sha256").update(`${session.id}:${toolCallId}`).digest("hex").slice(0, 32)}`;
}

async function listNeighbours(
  { store }: EngineParts,
  { id, rootId }: SessionRecord,
  spawner: Spawner,
): Promise<Neighbour[]> {
  const [owner, page] = await Promise.all([
    store.findOwner(rootId),
    store.listSessions({ rootId, statuses: [...liveStatuses], limit: mostNeighbours }),
  ]);
  const none = { status: null, task: null, activity: null };
  const peers =
    owner === undefined ? [] : [{ ...none, id: owner.id, kind: "peer" as const, name: owner.name }];
  const sessions = page.sessions
    .filter((session) => session.id !== id)
    .map((session) => ({
      id: session.id,
      kind: "session" as const,
      name: session.name,
      status: session.status,
      task: session.task.slice(0, longestTask),
      activity: spawner.activityOf(session.id),
    }));
  return [...peers, ...sessions];
}
