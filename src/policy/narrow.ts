import type { Grants } from "../core/grants.ts";
import type { Action, Decision } from "./action.ts";
import { findHostRule, findNarrowedPath, findToolRule } from "./find-rule.ts";
import type { Judgement } from "./judgement.ts";
import type { Rule } from "./rule.ts";
import type { PolicyScope } from "./scope.ts";

/** The rules that only narrow. */
export const narrowingEffects = ["deny", "ask"] as const;

type Narrowing = (typeof narrowingEffects)[number];

/** What the person's deny and ask rules say of an action that is no command: at every level, full too. */
export function narrowAction(
  action: Exclude<Action, { kind: "bash" }>,
  what: string,
  scope: PolicyScope,
): Judgement[] {
  return narrowingEffects.flatMap((effect) => {
    const rule = findToolRule(scope.rules[effect], scope.tool) ?? findForAction(action, effect, scope);
    return rule === undefined ? [] : [toNarrowed({ effect, rule, what }, scope.grants)];
  });
}

/** A rule's word on one part. A level that asks nobody takes an ask for a no. */
export function toNarrowed(
  { effect, rule, what }: { effect: Narrowing; rule: Rule; what: string },
  grants: Grants,
): Judgement {
  return {
    what,
    decision: toDecision({ effect, rule, what }, grants),
    ground: { kind: "rule", effect, rule },
  };
}

function toDecision(found: { effect: Narrowing; rule: Rule; what: string }, grants: Grants): Decision {
  const { effect, rule, what } = found;
  if (effect === "deny") return { kind: "deny", reason: `${what} is denied by the rule ${rule.text}` };
  const reason = `${what} needs approval by the rule ${rule.text}`;
  if (grants.rest === "no")
    return { kind: "deny", reason: `${reason}, and this session's level asks nobody` };
  return { kind: "ask", reason, isRuled: true };
}

function findForAction(
  action: Exclude<Action, { kind: "bash" }>,
  effect: Narrowing,
  scope: PolicyScope,
): Rule | undefined {
  const rules = scope.rules[effect];
  switch (action.kind) {
    case "read":
    case "write":
    case "test-run": {
      const real = scope.resolved.get(action.path)?.real ?? action.path;
      const access = action.kind === "write" ? "write" : "read";
      return findNarrowedPath(rules, { access, paths: [real, action.path] }, scope);
    }
    case "network":
      return findHostRule(rules, action.host);
    case "sessions":
    case "mcp":
    case "rest":
      return undefined;
  }
}
