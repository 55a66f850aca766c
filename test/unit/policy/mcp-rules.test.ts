import { expect, test } from "vitest";
import type { Action } from "../../../src/policy/action.ts";
import { decide } from "../../../src/policy/decide.ts";
import { parseLevel } from "../../../src/policy/levels.ts";
import { parseRule } from "../../../src/policy/parse-rule.ts";
import { type Rule, type RuleSet, noRules } from "../../../src/policy/rule.ts";

function toRule(text: string): Rule {
  const outcome = parseRule(text, []);
  if (outcome.kind === "fault") throw new Error(outcome.detail);
  return { text, source: "test", target: outcome.target };
}

function judge(level: string, rules: Partial<Record<keyof RuleSet, string>>, isChanged = false): string {
  const action: Action = { kind: "mcp", what: "Using it", textSha256: "1", isChanged };
  const set = { ...noRules };
  for (const effect of ["deny", "ask", "allow"] as const) {
    const text = rules[effect];
    if (text !== undefined) set[effect] = [toRule(text)];
  }
  return decide(action, {
    grants: parseLevel(level).grants,
    workspace: "/w",
    homes: [],
    tools: [],
    toolsNamed: false,
    protectedPaths: [],
    tool: "mcp__git_hub__search",
    rules: set,
    hosts: [],
    resolved: new Map(),
  }).kind;
}

test.each([
  ["auto", {}, "ask"],
  ["ask", {}, "ask"],
  ["full", {}, "allow"],
  ["allowlist", { allow: "mcp__git_hub__*" }, "deny"],
  ["deny", {}, "deny"],
  ["auto", { allow: "mcp__git_hub" }, "allow"],
  ["auto", { allow: "mcp__git_hub__*" }, "allow"],
  ["auto", { allow: "mcp__git_hub__search" }, "allow"],
  ["auto", { allow: "mcp__*" }, "allow"],
  ["auto", { allow: "mcp__git_hub__sea" }, "ask"],
  ["auto", { allow: "mcp__git__*" }, "ask"],
  ["auto", { allow: "mcp__*", ask: "mcp__git_hub__search" }, "ask"],
  ["full", { allow: "mcp__*", deny: "mcp__git_hub" }, "deny"],
])("at level %s, with the rules %j, a tool of an MCP server is: %s", (level, rules, kind) => {
  expect(judge(level, rules)).toBe(kind);
});

test("a changed text asks whatever rule allows it, is never more than the level, and is full's own risk", () => {
  expect(judge("auto", { allow: "mcp__*" }, true)).toBe("ask");
  expect(judge("auto", { deny: "mcp__*" }, true)).toBe("deny");
  expect(judge("allowlist", {}, true)).toBe("deny");
  expect(judge("full", {}, true)).toBe("allow");
});

test.each(["mcp__", "mcp__a b", "mcp__x__", "mcp__x__*(a)", "mcp__x__y(a)", "mcp___x", "mcp__x*"])(
  "%s is no rule",
  (text) => {
    expect(parseRule(text, []).kind).toBe("fault");
  },
);
