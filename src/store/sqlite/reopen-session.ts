import { toCovers } from "../../core/budget.ts";
import type { ReopenOutcome, Reopening } from "../store.ts";
import type { Scope } from "./connection.ts";
import { appendEvents } from "./journal-rows.ts";
import { readSessionHead } from "./session-rows.ts";

/** An ended session is queued again, with its journal, its turns and its cost; how it ended is forgotten. */
export function reopenSession(scope: Scope, { spec, at, event }: Reopening): ReopenOutcome {
  const head = readSessionHead(scope, spec.id);
  if (head === undefined) return "unknown";
  if (!head.isEnded) return "alive";
  const end = { session: head.number, lastSeq: head.last_seq, at };
  const lastSeq = appendEvents(scope, end, [event]);
  scope
    .statement(
      `UPDATE sessions SET status = 'queued', reason = NULL, wait = NULL, ended_at = NULL, ran_ms = 0,
         result = NULL, error = NULL, last_seq = ? WHERE number = ?`,
    )
    .run(lastSeq, head.number);
  const covers = toCovers(spec);
  scope
    .statement("UPDATE specs SET spec = ?, covers = ? WHERE session = ?")
    .run(JSON.stringify(spec), covers.length === 0 ? null : JSON.stringify(covers), head.number);
  return "reopened";
}
