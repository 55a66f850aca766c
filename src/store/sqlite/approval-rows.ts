import { type ApprovalStatus, deadline } from "../../core/approval.ts";
import type { SessionId } from "../../core/id.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { AnswerOutcome, ApprovalPage, ApprovalQuery, ApprovalRecord, NewAnswer } from "../approvals.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";
import { appendEvents } from "./journal-rows.ts";
import { addRules } from "./rule-rows.ts";
import { readSessionHead } from "./session-rows.ts";

/** What a session's new events mean for the asks that are listed. */
export function indexAsks(
  scope: Scope,
  { session, at }: { session: number; at: number },
  events: readonly JournalEvent[],
): void {
  for (const event of events) {
    if (event.type === "approval-ask") {
      // The whole call is long, and in the journal.
      const { type: _, agentCall: _whole, ...ask } = event;
      scope
        .statement(
          "INSERT INTO approvals (session, ask, status, asked_at, until, body) VALUES (?, ?, 'open', ?, ?, ?)",
        )
        .run(session, ask.number, at, ask.untilMs, JSON.stringify(ask));
    }
    if (event.type === "approval-withdraw") {
      scope
        .statement("UPDATE approvals SET status = 'closed' WHERE session = ? AND ask = ? AND status = 'open'")
        .run(session, event.number);
    }
    if (event.type === "session-end") {
      scope
        .statement("UPDATE approvals SET status = 'closed' WHERE session = ? AND status = 'open'")
        .run(session);
    }
  }
}

const selectApprovals = `
  SELECT approvals.number AS place, sessions.id AS session_id, spec ->> '$.cwd' AS cwd, approvals.status,
    asked_at, answered_at, body, answer
  FROM approvals JOIN sessions ON sessions.number = approvals.session
    JOIN specs ON specs.session = approvals.session`;

interface ApprovalRow {
  place: number;
  session_id: string;
  cwd: string;
  status: ApprovalStatus;
  asked_at: number;
  answered_at: number | null;
  body: string;
  answer: string | null;
}

function toRecord(raw: object): ApprovalRecord {
  const row = raw as ApprovalRow;
  return {
    ...(parseStored(row.body) as Omit<ApprovalRecord, "sessionId">),
    sessionId: row.session_id,
    cwd: row.cwd,
    status: row.status,
    askedAt: row.asked_at,
    answeredAt: row.answered_at,
    answer: row.answer === null ? null : (parseStored(row.answer) as ApprovalRecord["answer"]),
  };
}

export function listApprovals(scope: Scope, query: ApprovalQuery): ApprovalPage {
  const conditions: [string, (string | number)[]][] = [
    ["approvals.number > ?", [Number(query.cursor ?? 0)]],
    ...(query.openOnly ? [["approvals.status = 'open'", []] as [string, string[]]] : []),
    ...(query.sessionId === undefined
      ? []
      : [
          ["approvals.session = (SELECT number FROM sessions WHERE id = ?)", [query.sessionId]] as [
            string,
            string[],
          ],
        ]),
  ];
  const rows = scope
    .statement(
      `${selectApprovals} WHERE ${conditions.map(([sql]) => sql).join(" AND ")} ORDER BY approvals.number LIMIT ?`,
    )
    .all(...conditions.flatMap(([, values]) => values), query.limit + 1) as unknown as ApprovalRow[];
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    approvals: page.map(toRecord),
    nextCursor: last !== undefined && rows.length > page.length ? String(last.place) : null,
  };
}

export function getApproval(scope: Scope, sessionId: SessionId, number: number): ApprovalRecord | undefined {
  const row = scope.statement(`${selectApprovals} WHERE sessions.id = ? AND ask = ?`).get(sessionId, number);
  return row === undefined ? undefined : toRecord(row);
}

/** The first answer in time wins; every later one is told of it. */
export function answerApproval(scope: Scope, given: NewAnswer): AnswerOutcome {
  const head = readSessionHead(scope, given.sessionId);
  const before = getApproval(scope, given.sessionId, given.number);
  if (head === undefined || before === undefined) {
    // A row can be lost with a damaged database; the session must not wait for it for ever.
    if (head?.isEnded === false && given.by === deadline) writeAnswer(scope, head, given);
    return { kind: "unknown" };
  }
  if (before.answer !== null)
    return { kind: isRepeated(scope, head, given) ? "repeated" : "closed", approval: before };
  if (head.isEnded) return { kind: "ended", approval: before };
  const isLate = given.by !== deadline && given.at >= before.untilMs;
  if (isLate || before.status !== "open") return { kind: "closed", approval: before };
  writeAnswer(scope, head, given);
  addRules(
    scope,
    { workspace: given.workspace ?? before.cwd, sessionId: given.sessionId, at: given.at },
    given.rules,
  );
  return { kind: "answered", approval: getApproval(scope, given.sessionId, given.number) ?? before };
}

/** True if the answer that stands was given with this very key. */
function isRepeated(scope: Scope, head: { number: number }, { number, key, verdict }: NewAnswer): boolean {
  if (key === null) return false;
  const row = scope
    .statement(
      "SELECT answer ->> '$.key' AS key, answer ->> '$.verdict' AS verdict FROM approvals WHERE session = ? AND ask = ?",
    )
    .get(head.number, number);
  return row?.["key"] === key && row["verdict"] === verdict;
}

function writeAnswer(scope: Scope, head: { number: number; last_seq: number }, given: NewAnswer): void {
  const { number, at, verdict, by, text, key } = given;
  const end = { session: head.number, lastSeq: head.last_seq, at };
  const lastSeq = appendEvents(scope, end, [{ type: "approval-answer", number, verdict, by, text }]);
  scope.statement("UPDATE sessions SET last_seq = ? WHERE number = ?").run(lastSeq, head.number);
  scope
    .statement("UPDATE approvals SET status = ?, answered_at = ?, answer = ? WHERE session = ? AND ask = ?")
    .run(toStatus(given), at, JSON.stringify({ verdict, by, text, key }), head.number, number);
}

function toStatus({ by, verdict }: NewAnswer): ApprovalStatus {
  if (by === deadline) return "expired";
  return verdict === "allow" ? "allowed" : "denied";
}
