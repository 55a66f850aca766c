import type { Action, Decision } from "./action.ts";
import { hasWriteTool } from "./allowed-tools.ts";
import { commandPaths, judgeCommand } from "./decide-command.ts";
import { findHostRule, findToolRule } from "./find-rule.ts";
import { matchesHost, toHostName } from "./host-pattern.ts";
import { judgeCell } from "./judge-cell.ts";
import { judgePath } from "./judge-path.ts";
import { type Judgement, worstOf } from "./judgement.ts";
import { narrowAction } from "./narrow.ts";
import type { PolicyScope } from "./scope.ts";

/** The paths that must be looked up before this action can be decided: absolute, as written. */
export function pathsOf(action: Action, scope: Pick<PolicyScope, "workspace" | "homes">): string[] {
  switch (action.kind) {
    case "read":
    case "write":
    case "test-run":
      return [action.path];
    case "bash":
      return commandPaths(action.command, scope);
    case "network":
    case "sessions":
    case "mcp":
    case "rest":
      return [];
  }
}

/** The one decision: the levels table and the person's rules. Deny wins over ask, ask over allow. */
export function decide(action: Action, scope: PolicyScope): Decision {
  return worstOf(judge(action, scope));
}

/** The same part by part, each with what it rests on. */
export function judge(action: Action, scope: PolicyScope): Judgement[] {
  if (action.kind === "bash") return judgeCommand(action.command, scope);
  const found = judgeByTable(action, scope);
  return [...found, ...narrowAction(action, found[0]?.what ?? scope.tool, scope)];
}

function judgeByTable(action: Exclude<Action, { kind: "bash" }>, scope: PolicyScope): Judgement[] {
  switch (action.kind) {
    case "read":
      return [judgePath({ path: action.path, access: "read" }, scope)];
    case "write":
      return [judgePath({ path: action.path, access: "write" }, scope)];
    case "test-run":
      return [judgePath({ path: action.path, access: "test-run" }, scope), judgeTestRun(scope)];
    case "network":
      return [judgeNetwork(action.host, scope)];
    case "sessions":
      return [{ what: `Using ${scope.tool}`, decision: { kind: "allow" }, ground: { kind: "free" } }];
    case "rest":
      return [judgeRest(action.what, scope)];
    case "mcp":
      return [judgeRest(action.what, scope), ...judgeChanged(action, scope)];
  }
}

function judgeTestRun(scope: PolicyScope): Judgement {
  const writes = hasWriteTool(scope.tools, scope.grants);
  const named = scope.toolsNamed && scope.tools.includes("test_run");
  const listed = !writes && (named || scope.grants.testRun !== "list");
  const what = writes
    ? "Running tests in a session that can also change files"
    : "Running tests without test_run in the session's list of tools";
  const rule = findToolRule(scope.rules.allow, scope.tool);
  return judgeCell({ column: "testRun", grant: scope.grants.testRun, listed, rule, what });
}

function judgeNetwork(host: string, scope: PolicyScope): Judgement {
  const what = `Reaching ${toHostName(host)}`;
  const listed = scope.hosts.some((known) => matchesHost(host, known));
  const { allow } = scope.rules;
  const rule = findToolRule(allow, scope.tool) ?? findHostRule(allow, host);
  const found = judgeCell({ column: "network", grant: scope.grants.network, listed, rule, what });
  const byList = listed && found.decision.kind === "allow" && scope.grants.network !== "yes";
  return byList && found.ground.kind === "level" ? { ...found, ground: { kind: "hosts" } } : found;
}

function judgeRest(what: string, scope: PolicyScope): Judgement {
  const rule = findToolRule(scope.rules.allow, scope.tool);
  return judgeCell({ column: "rest", grant: scope.grants.rest, listed: false, rule, what });
}

/** No rule speaks of a text that nobody has seen: it asks wherever the level can. */
function judgeChanged(
  { what, isChanged }: Extract<Action, { kind: "mcp" }>,
  { grants: { rest } }: PolicyScope,
): Judgement[] {
  if (!isChanged || rest === "yes" || rest === "no") return [];
  const reason = `${what} needs approval`;
  return [
    {
      what,
      decision: { kind: "ask", reason, isRuled: true },
      ground: { kind: "level", column: "rest", grant: rest },
    },
  ];
}
