import type { PolicyScope, ResolvedPath } from "../../../src/policy/scope.ts";
import { pathsOf, decide } from "../../../src/policy/decide.ts";
import type { Action, Decision } from "../../../src/policy/action.ts";
import { parseLevel, type LevelName } from "../../../src/policy/levels.ts";
import { parseRule } from "../../../src/policy/parse-rule.ts";
import { noRules, type Rule, type RuleEffect, type RuleSet } from "../../../src/policy/rule.ts";

/** A session of a level in /work/app, whose user lives in /home/ann. */
export function scopeOf(level: LevelName, change: Partial<PolicyScope> = {}): PolicyScope {
  return {
    grants: parseLevel(level).grants,
    workspace: "/work/app",
    homes: ["/home/ann"],
    tools: [],
    toolsNamed: false,
    protectedPaths: ["/home/ann/.profclaw"],
    tool: "bash",
    rules: noRules,
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

export const toolNames = [
  "bash",
  "read_file",
  "write_file",
  "edit_file",
  "fetch_url",
  "test_run",
  "sessions_spawn",
];

/** Rules as a person writes them. */
export function rulesOf(written: Partial<Record<RuleEffect, string[]>>): RuleSet {
  const { deny = [], ask = [], allow = [] } = written;
  return { deny: deny.map(toRule), ask: ask.map(toRule), allow: allow.map(toRule) };
}

function toRule(text: string): Rule {
  const outcome = parseRule(text, toolNames);
  if (outcome.kind === "fault") throw new Error(`${text}: ${outcome.detail} at ${outcome.column}`);
  return { text, source: "test", target: outcome.target };
}
