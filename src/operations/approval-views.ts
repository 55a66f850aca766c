import type { ApprovalView, RuleListView } from "../contract/approval-operations.ts";
import type { StandingRule } from "../core/approval.ts";
import type { ApprovalRecord, RuleRecord } from "../store/approvals.ts";
import { pageOf } from "./page-of.ts";
import { toTimeText } from "./views.ts";

/** An approval on the wire; `whole` is its text where the record has only the beginning. */
export function toApprovalView(approval: ApprovalRecord, whole?: string): ApprovalView {
  const { sessionId, number, answer, answeredAt, rules, sizeBytes } = approval;
  const text = whole ?? approval.text;
  const session = `/api/agents/sessions/${sessionId}`;
  return {
    session_id: sessionId,
    number,
    status: approval.status,
    tool: approval.tool,
    text,
    truncated: Buffer.byteLength(text) < sizeBytes,
    size_bytes: sizeBytes,
    sha256: approval.sha256,
    reason: approval.reason,
    cwd: approval.cwd,
    rule: rules.length === 0 ? null : rules.map(toRuleText).join("; "),
    asked_at: toTimeText(approval.askedAt),
    until: toTimeText(approval.untilMs),
    answered_at: answeredAt === null ? null : toTimeText(answeredAt),
    answered_by: answer?.by ?? null,
    answer_text: answer?.text ?? null,
    links: { self: `${session}/approvals/${number}`, session },
  };
}

export function toRulesView(
  rules: readonly RuleRecord[],
  paging: { cursor?: string | undefined; limit: number },
): RuleListView {
  const page = pageOf(rules, { ...paging, keyOf: ({ createdAt, id }) => [createdAt, id] });
  return {
    next_cursor: page.nextCursor,
    rules: page.items.map(({ id, workspace, rule, createdAt, sessionId }) => ({
      id,
      workspace,
      rule: toRuleText(rule),
      created_at: toTimeText(createdAt),
      session_id: sessionId,
    })),
  };
}

/** A standing rule in words. */
export function toRuleText(rule: StandingRule): string {
  switch (rule.kind) {
    case "command":
      return `bash: exactly ${rule.argv.map(quoteWord).join(" ")}`;
    case "path":
      return `${rule.tool}: ${rule.path}`;
    case "host":
      return `${rule.tool}: ${rule.host}`;
    case "mcp":
      return `${rule.tool}: with what it says of itself now (${rule.textSha256.slice(0, 12)})`;
  }
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
