import type { JournalEvent } from "../../core/journal.ts";
import type { Message } from "../../core/message.ts";
import type { MailMoment, RunContext } from "../runner.ts";
import { toMailText } from "../../core/mail-text.ts";

/** Unread mail as the events that deliver and ack it, in the order in which it came; none if there is none. */
export async function readNews(context: RunContext, moment: MailMoment): Promise<JournalEvent[]> {
  return groupMail(takeSome(await context.readMail(moment))).map(toEvent);
}

// The longest message there is fits; what is left comes before the next turn.
const mostCharacters = 262_144;

function takeSome(mail: readonly Message[]): readonly Message[] {
  let length = 0;
  const beyond = mail.findIndex(({ content }) => (length += content.length) > mostCharacters);
  return beyond === -1 ? mail : mail.slice(0, Math.max(1, beyond));
}

/** A user's message stands alone; mail of other sessions in a row is quoted together. */
function groupMail(mail: readonly Message[]): Message[][] {
  const groups: Message[][] = [];
  for (const message of mail) {
    const last = groups.at(-1);
    const joins = message.kind !== "user" && last !== undefined && last[0]?.kind !== "user";
    if (joins) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

function toEvent(mail: readonly Message[]): JournalEvent {
  const messageIds = mail.map(({ id }) => id);
  const [first] = mail;
  if (first?.kind !== "user") return { type: "message-deliver", messageIds, text: toMailText(mail) };
  return { type: "message-deliver", messageIds, text: first.content, from: "user" };
}
