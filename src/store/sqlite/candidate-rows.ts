import type { Candidate, Thread } from "../../core/thread.ts";
import type { CandidateQuery } from "../threads.ts";
import { readClaimState } from "./claim-rows.ts";
import type { Scope } from "./connection.ts";
import { listThreads } from "./thread-rows.ts";

const longestDetail = 2_000;

export function listCandidates(scope: Scope, query: CandidateQuery): Candidate[] {
  return query.kinds.flatMap((kind) =>
    kind === "thread" ? listOpenThreads(scope, query) : listUnfinished(scope, query),
  );
}

function listOpenThreads(scope: Scope, { cwd, seenFrom, limit }: CandidateQuery): Candidate[] {
  const filters = { ...(cwd === undefined ? {} : { cwd }), ...(seenFrom === undefined ? {} : { seenFrom }) };
  const threads = listThreads(scope, { ...filters, isOpen: true, limit });
  return threads.flatMap((thread) => {
    const { held, doneAt } = readClaimState(scope, thread.id);
    if (held === null && isDealtWith(thread, doneAt)) return [];
    return [{ ...toThreadCandidate(scope, thread), claim: held }];
  });
}

/** What was spawned from it has completed, and nobody has said anything since. */
export function isDealtWith(thread: Thread, doneAt: number | null): boolean {
  return doneAt !== null && thread.updatedAt <= doneAt;
}

function toThreadCandidate(scope: Scope, thread: Thread): Omit<Candidate, "claim"> {
  const last = scope
    .statement("SELECT text FROM thread_notes WHERE thread = ? ORDER BY number DESC LIMIT 1")
    .get(thread.id);
  return {
    id: thread.id,
    kind: "thread",
    status: "open",
    urgency: thread.urgency,
    title: thread.title,
    detail: String(last?.["text"] ?? "").slice(0, longestDetail),
    cwd: thread.cwd,
    parentId: null,
    at: thread.updatedAt,
  };
}

// The very expression of the index.
const origin = "CASE WHEN json_valid(again.spec) THEN again.spec ->> '$.origin.sessionId' END";

/** The retry that took a session's place, unless it was called off. */
export const laterTry = `SELECT retried.id FROM specs AS again JOIN sessions AS retried
  ON retried.number = again.session
  WHERE ${origin} = sessions.id AND again.spec ->> '$.origin.kind' = 'retry' AND retried.status <> 'cancelled'`;

interface UnfinishedRow {
  id: string;
  status: "failed" | "timed_out" | "interrupted";
  ended_at: number;
  parent_id: string | null;
  error: string | null;
  task: string;
  cwd: string;
}

function listUnfinished(scope: Scope, { cwd, seenFrom, limit }: CandidateQuery): Candidate[] {
  const filters = [
    ...(cwd === undefined ? [] : [{ sql: "AND spec ->> '$.cwd' = ?", value: cwd }]),
    ...(seenFrom === undefined ? [] : [{ sql: "AND parent_id = ?", value: seenFrom.sessionId }]),
  ];
  const rows = scope
    .statement(
      `SELECT sessions.id, status, ended_at, parent_id, error, spec ->> '$.task' AS task, spec ->> '$.cwd' AS cwd
       FROM sessions JOIN specs ON specs.session = sessions.number
       WHERE status IN ('failed', 'timed_out', 'interrupted') AND NOT EXISTS (${laterTry})
         ${filters.map(({ sql }) => sql).join(" ")}
       ORDER BY sessions.created_at DESC, sessions.number DESC LIMIT ?`,
    )
    .all(...filters.map(({ value }) => value), limit) as unknown as UnfinishedRow[];
  return rows.map((row) => ({
    id: row.id,
    kind: "session",
    status: row.status,
    urgency: "normal",
    title: row.task.slice(0, longestDetail),
    detail: toDetail(row.error),
    cwd: row.cwd,
    parentId: row.parent_id,
    at: row.ended_at,
    claim: readClaimState(scope, row.id).held,
  }));
}

function toDetail(error: string | null): string {
  const parsed = error === null ? null : (JSON.parse(error) as { code?: string; detail?: string } | null);
  return parsed === null ? "" : `${parsed.code}: ${parsed.detail}`.slice(0, longestDetail);
}
