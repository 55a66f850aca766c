import type { PolicyScope, ResolvedPath } from "../../../src/policy/scope.ts";
import { pathsOf, decide } from "../../../src/policy/decide.ts";
import type { Action, Decision } from "../../../src/policy/action.ts";
import { parseLevel, type LevelName } from "../../../src/policy/levels.ts";

/** A session of a level in /work/app, whose user lives in /home/ann. */
export function scopeOf(level: LevelName, change: Partial<PolicyScope> = {}): PolicyScope {
  return {
    grants: parseLevel(level).grants,
    workspace: "/work/app",
    homes: ["/home/ann"],
    tools: [],
    toolsNamed: false,
    protectedPaths: ["/home/ann/.profclaw"],
    commands: [],
    hosts: [],
    resolved: new Map(),
    ...change,
  };
}

/** Decides with a file system without links: each path is what its dots say, a file unless told otherwise. */
export function judge(
  action: Action,
  scope: PolicyScope,
  known: Record<string, ResolvedPath> = {},
): Decision {
  const resolved = new Map(pathsOf(action, scope).map((path) => [path, known[path] ?? toPlain(path)]));
  return decide(action, { ...scope, resolved });
}

function toPlain(path: string): ResolvedPath {
  return {
    real: new URL(`file://${encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23")}`).pathname.replace(
      /(?<=.)\/$/,
      "",
    ),
    kind: "file",
  };
}
