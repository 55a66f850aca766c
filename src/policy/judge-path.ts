import { findAllowedPath, findToolRule } from "./find-rule.ts";
import { judgeCell } from "./judge-cell.ts";
import type { Judgement } from "./judgement.ts";
import { meetGrant } from "./meet.ts";
import { isInside, refusedReason, writeProtectedReason } from "./path-rules.ts";
import type { PolicyScope, ResolvedPath } from "./scope.ts";

/** What would be done at a path; running tests there is bounded by a column of its own. */
export interface PathAsk {
  path: string;
  access: "read" | "write" | "test-run";
}

const verbs = { read: "Reading", write: "Writing", "test-run": "Running tests in" };

/** What the table, the protected folders and the person's allow rules say of a path. */
export function judgePath(ask: PathAsk, scope: PolicyScope): Judgement {
  const target = scope.resolved.get(ask.path);
  const what = `${verbs[ask.access]} ${target?.real ?? ask.path}`;
  const refused = findRefusal(ask, target, scope);
  if (refused !== undefined) {
    return { what, decision: { kind: "deny", reason: refused }, ground: { kind: "protected" } };
  }
  const found = judgeByPlace(ask, { real: target?.real ?? ask.path, what }, scope);
  const reason = ask.access === "write" && writeProtectedReason(target?.real ?? ask.path, scope);
  if (typeof reason !== "string" || found.decision.kind === "deny") return found;
  return { what, decision: { kind: "deny", reason }, ground: { kind: "protected" } };
}

function findRefusal(ask: PathAsk, target: ResolvedPath | undefined, scope: PolicyScope): string | undefined {
  if (target === undefined) return `${ask.path} could not be looked up`;
  const refused = refusedReason(target.real, scope);
  if (refused !== undefined || target.kind !== "special") return refused;
  return `${target.real} is a device, FIFO or socket, not a file`;
}

function judgeByPlace(
  { access }: PathAsk,
  { real, what }: { real: string; what: string },
  scope: PolicyScope,
): Judgement {
  const { grants, workspace } = scope;
  const column = access === "write" ? "writes" : "reads";
  const grant = access === "test-run" ? "yes" : grants[column];
  const rule = findRule(access, real, scope);
  if (isInside(real, workspace)) return judgeCell({ column, grant, listed: true, rule, what });
  const outside = `${what}, which is outside the workspace ${workspace},`;
  const cell = { column: "rest" as const, grant: meetGrant(grant, grants.rest), listed: false };
  return judgeCell({ ...cell, rule, what: outside });
}

function findRule(access: PathAsk["access"], real: string, scope: PolicyScope) {
  const { allow } = scope.rules;
  const kind = access === "write" ? "write" : "read";
  return findToolRule(allow, scope.tool) ?? findAllowedPath(allow, { access: kind, real }, scope);
}
