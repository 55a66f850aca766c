import { createHash } from "node:crypto";
import type { StandingRule } from "../../core/approval.ts";
import type { RuleRecord } from "../approvals.ts";
import type { Scope } from "./connection.ts";
import { parseStored } from "./damage.ts";

/** Where and when rules were made. */
export interface RuleOrigin {
  workspace: string;
  sessionId: string;
  at: number;
}

/** The same rule twice is one rule. */
export function addRules(scope: Scope, origin: RuleOrigin, rules: readonly StandingRule[]): void {
  const insert = scope.statement(
    `INSERT INTO approval_rules (id, workspace, rule, created_at, session_id) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  );
  const { workspace, at, sessionId } = origin;
  for (const rule of rules) {
    const text = JSON.stringify(rule);
    insert.run(toRuleId(workspace, text), workspace, text, at, sessionId);
  }
}

function toRuleId(workspace: string, rule: string): string {
  return createHash("sha256").update(`${workspace}\0${rule}`).digest("hex").slice(0, 12);
}

export function listRules(scope: Scope): RuleRecord[] {
  const rows = scope
    .statement(
      "SELECT id, workspace, rule, created_at, session_id FROM approval_rules ORDER BY created_at, id",
    )
    .all() as unknown as {
    id: string;
    workspace: string;
    rule: string;
    created_at: number;
    session_id: string;
  }[];
  return rows.map((row) => ({
    id: row.id,
    workspace: row.workspace,
    rule: parseStored(row.rule) as StandingRule,
    createdAt: row.created_at,
    sessionId: row.session_id,
  }));
}

export function deleteRule(scope: Scope, id: string): boolean {
  return scope.statement("DELETE FROM approval_rules WHERE id = ?").run(id).changes > 0;
}
