import type { z } from "zod";
import type { getSessionLog as declared } from "../contract/session-operations.ts";
import { renderEntry } from "../core/journal-text.ts";
import { findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { toJournalEntryView } from "./views.ts";

/** Read in steps: the text of 10,000 entries is far shorter than the entries. */
const pageSize = 200;

/** A session's journal as people read it; the last line says how to go on where that was not all. */
export async function getSessionLog(
  parts: OperationParts,
  input: z.infer<typeof declared.input>,
): Promise<string> {
  const { store } = parts.engineParts;
  const { id, lastSeq } = await findSession(store, input.id);
  const first = Math.max(input.after, input.tail === undefined ? 0 : lastSeq - input.tail);
  const last = Math.min(lastSeq, first + (input.tail ?? input.limit));
  const lines: string[] = [];
  for (let seq = first; seq < last;) {
    const limit = Math.min(pageSize, last - seq);
    const page = await store.readJournal({ sessionId: id, afterSeq: seq, limit });
    if (page.length === 0) break;
    lines.push(...page.flatMap((entry) => renderEntry(toJournalEntryView(entry))));
    seq = page.at(-1)?.seq ?? last;
  }
  if (last < lastSeq) lines.push(`… ${lastSeq - last} more entries: ?after=${last}`);
  return lines.map((line) => `${line}\n`).join("");
}
