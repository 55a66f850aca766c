import { toConfigFault } from "../config/config-fault.ts";
import type { PlacedText, PolicySection } from "../config/file/parse-policy.ts";
import { parseHostPattern } from "../policy/host-pattern.ts";
import { parseRule } from "../policy/parse-rule.ts";
import type { Rule, RuleSet } from "../policy/rule.ts";

/** What a settings file says of the policy, understood. */
export interface CompiledRules {
  rules: RuleSet;
  hosts: readonly string[];
  /** The level of a session that names none; undefined: not said. */
  mode: string | undefined;
}

/** Understands every rule and host of a file. Throws config-invalid with file, line and column. */
export function compileRules(file: PolicySection, toolNames: readonly string[]): CompiledRules {
  const compile = (lines: readonly PlacedText[]): Rule[] => lines.map((line) => compileRule(line, toolNames));
  return {
    rules: { deny: compile(file.deny), ask: compile(file.ask), allow: compile(file.allow) },
    hosts: file.hosts.map(compileHost),
    mode: file.mode,
  };
}

function compileRule(line: PlacedText, toolNames: readonly string[]): Rule {
  const outcome = parseRule(line.text, toolNames);
  if (outcome.kind === "fault") {
    const column = line.column + outcome.column - 1;
    throw toConfigFault({ ...line, column }, `the rule ${line.text.slice(0, 100)}: ${outcome.detail}`);
  }
  return {
    text: line.text.trim(),
    source: `${line.file}:${line.line}:${line.column}`,
    target: outcome.target,
  };
}

function compileHost(line: PlacedText): string {
  const outcome = parseHostPattern(line.text.trim());
  if (outcome.kind === "fault") throw toConfigFault(line, outcome.detail);
  return outcome.host;
}
