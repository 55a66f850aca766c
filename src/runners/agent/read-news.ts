import type { JournalEvent } from "../../core/journal.ts";
import type { RunContext } from "../runner.ts";
import { toMailText } from "./mail-text.ts";

/** Unread mail as the event that delivers and acks it; nothing if there is none. */
export async function readNews(context: RunContext): Promise<JournalEvent[]> {
  const mail = await context.readMail();
  if (mail.length === 0) return [];
  return [{ type: "message-deliver", messageIds: mail.map(({ id }) => id), text: toMailText(mail) }];
}
