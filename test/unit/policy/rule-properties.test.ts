import { array, assert, constantFrom, property, record } from "fast-check";
import { expect, test } from "vitest";
import { type Grants, grantRanks } from "../../../src/core/grants.ts";
import { levelNames, parseLevel } from "../../../src/policy/levels.ts";
import { meet } from "../../../src/policy/meet.ts";
import { judge, rulesOf, scopeOf } from "./scope-fixture.ts";

const commands = [
  "git status",
  "ls src",
  "npm test",
  "rm x",
  "curl a.org",
  "cat README.md",
  "make",
  "git push",
];
const written = ["Bash(npm test)", "Bash(rm:*)", "Bash(git:*)", "Bash(curl *)", "Bash(make)", "Bash"];
const lines = array(constantFrom(...commands), { minLength: 1, maxLength: 4 });
const ruleTexts = array(constantFrom(...written), { maxLength: 3 });
const cases = record({
  parts: lines,
  joint: constantFrom(" && ", "; ", " | ", " || ", "\n", " & "),
  rules: record({ deny: ruleTexts, ask: ruleTexts, allow: ruleTexts }),
  level: constantFrom(...levelNames),
  childLevel: constantFrom(...levelNames),
});

const severity = { allow: 0, ask: 1, deny: 2 };

type Written = Parameters<typeof rulesOf>[0];

function severityOf(command: string, scope: { grants: Grants; rules: Written }): number {
  const { grants, rules } = scope;
  return severity[judge({ kind: "bash", command }, scopeOf("auto", { grants, rules: rulesOf(rules) })).kind];
}

test("a chained command is never more open than the least open of its parts", () => {
  assert(
    property(cases, ({ parts, joint, rules, level }) => {
      const { grants } = parseLevel(level);
      const each = parts.map((command) => severityOf(command, { grants, rules }));
      expect(severityOf(parts.join(joint), { grants, rules })).toBe(Math.max(...each));
    }),
  );
});

test("deny wins over ask, ask over allow, at any level and beside any other rules", () => {
  const full = parseLevel("full").grants;
  assert(
    property(cases, ({ parts, joint, rules, level }) => {
      const command = parts.join(joint);
      const { grants } = parseLevel(level);
      const all = severityOf(command, { grants, rules });
      expect(all).toBeGreaterThanOrEqual(severityOf(command, { grants: full, rules: { deny: rules.deny } }));
      expect(all).toBeGreaterThanOrEqual(severityOf(command, { grants: full, rules: { ask: rules.ask } }));
      expect(all).toBeGreaterThanOrEqual(severityOf(command, { grants, rules: { allow: rules.allow } }));
    }),
  );
});

test("an allow rule never closes, and never opens a level whose cell says no", () => {
  assert(
    property(cases, ({ parts, joint, rules, level }) => {
      const command = parts.join(joint);
      const { grants } = parseLevel(level);
      const without = severityOf(command, { grants, rules: { ...rules, allow: [] } });
      expect(severityOf(command, { grants, rules })).toBeLessThanOrEqual(without);
      expect(severityOf(command, { grants: parseLevel("deny").grants, rules })).toBe(severity.deny);
    }),
  );
});

test("a child's meet is allowed nothing that its parent would not be, under the same rules", () => {
  assert(
    property(cases, ({ parts, joint, rules, level, childLevel }) => {
      const parent = parseLevel(level).grants;
      const child = meet(parent, parseLevel(childLevel).grants);
      const command = parts.join(joint);
      const isAllowed = severityOf(command, { grants: child, rules }) === severity.allow;
      if (isAllowed) expect(severityOf(command, { grants: parent, rules })).toBe(severity.allow);
      for (const column of Object.keys(child) as (keyof Grants)[]) {
        expect(grantRanks.indexOf(child[column])).toBeLessThanOrEqual(grantRanks.indexOf(parent[column]));
      }
    }),
  );
});
