import type { Grant } from "../core/grants.ts";
import type { Action, Decision } from "./action.ts";
import { hasWriteTool } from "./allowed-tools.ts";
import { decideCommand, commandPaths } from "./decide-command.ts";
import { grade, worst } from "./grade.ts";
import { meetGrant } from "./meet.ts";
import { isInside, refusedReason, writeProtectedReason } from "./path-rules.ts";
import type { PolicyScope, ResolvedPath } from "./scope.ts";

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
    case "rest":
      return [];
  }
}

/** The one decision: what the levels table says of this action. Deny wins over ask, ask over allow. */
export function decide(action: Action, scope: PolicyScope): Decision {
  switch (action.kind) {
    case "read":
      return decidePath({ path: action.path, grant: scope.grants.reads, what: "Reading" }, scope);
    case "write":
      return decideWrite(action.path, scope);
    case "test-run":
      return worst([
        decidePath({ path: action.path, grant: "yes", what: "Running tests" }, scope),
        decideTestRun(scope),
      ]);
    case "bash":
      return decideCommand(action.command, { scope, decideWrite });
    case "network":
      return decideNetwork(action.host, scope);
    case "sessions":
      return { kind: "allow" };
    case "rest":
      return grade(scope.grants.rest, { listed: false, what: action.what });
  }
}

function decideWrite(path: string, scope: PolicyScope): Decision {
  const decision = decidePath({ path, grant: scope.grants.writes, what: "Writing" }, scope);
  const real = scope.resolved.get(path)?.real;
  const reason = real === undefined ? undefined : writeProtectedReason(real, scope);
  return reason === undefined || decision.kind === "deny" ? decision : { kind: "deny", reason };
}

function decidePath(ask: { path: string; grant: Grant; what: string }, scope: PolicyScope): Decision {
  const target = scope.resolved.get(ask.path);
  if (target === undefined) return { kind: "deny", reason: `${ask.path} could not be looked up` };
  const refused = refusedReason(target.real, scope) ?? specialReason(target);
  if (refused !== undefined) return { kind: "deny", reason: refused };
  if (isInside(target.real, scope.workspace)) {
    return grade(ask.grant, { listed: true, what: `${ask.what} ${target.real}` });
  }
  const what = `${ask.what} ${target.real}, which is outside the workspace ${scope.workspace},`;
  return grade(meetGrant(ask.grant, scope.grants.rest), { listed: false, what });
}

function specialReason(target: ResolvedPath): string | undefined {
  return target.kind === "special" ? `${target.real} is a device, FIFO or socket, not a file` : undefined;
}

function decideTestRun(scope: PolicyScope): Decision {
  const writes = hasWriteTool(scope.tools, scope.grants);
  const named = scope.toolsNamed && scope.tools.includes("test_run");
  const listed = !writes && (named || scope.grants.testRun !== "list");
  const why = writes
    ? "Running tests in a session that can also change files"
    : "Running tests without test_run in the session's list of tools";
  return grade(scope.grants.testRun, { listed, what: why });
}

function decideNetwork(host: string, scope: PolicyScope): Decision {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  const listed = scope.hosts.some((known) => known.toLowerCase() === wanted);
  return grade(scope.grants.network, { listed, what: `Reaching ${wanted}` });
}
