import type { PathPattern } from "./path-pattern.ts";

/** Deny wins over ask, ask over allow. */
export const ruleEffects = ["deny", "ask", "allow"] as const;

export type RuleEffect = (typeof ruleEffects)[number];

/** What a rule speaks of. */
export type RuleTarget =
  /** Every call of these tools. */
  | { kind: "tool"; tools: readonly string[] }
  /** One command by its argv; `isOpen` if more words may follow. */
  | { kind: "command"; argv: readonly string[]; isOpen: boolean }
  | { kind: "path"; access: "read" | "write"; pattern: PathPattern }
  /** A name or address in lower case; `*.example.com` is every name below example.com. */
  | { kind: "host"; host: string };

/** One line that a person wrote, understood. */
export interface Rule {
  /** As written: "Bash(git log:*)". */
  text: string;
  /** Where it stands: "/home/ann/.profclaw/config.yaml:4:7". */
  source: string;
  target: RuleTarget;
}

/** The rules in force where something is decided. */
export type RuleSet = Readonly<Record<RuleEffect, readonly Rule[]>>;

export const noRules: RuleSet = { deny: [], ask: [], allow: [] };

/** Both together: what either denies or asks for is denied or asked for. */
export function joinRules(a: RuleSet, b: RuleSet): RuleSet {
  return {
    deny: [...a.deny, ...b.deny],
    ask: [...a.ask, ...b.ask],
    allow: [...a.allow, ...b.allow],
  };
}

/** What is left of rules that may only narrow: an untrusted folder's. */
export function narrowingRules(rules: RuleSet): RuleSet {
  return { ...rules, allow: [] };
}
