import type { Grant, Grants } from "../core/grants.ts";
import type { Decision } from "./action.ts";
import { worst } from "./grade.ts";
import type { Rule, RuleEffect } from "./rule.ts";

/** What a decision rests on. */
export type Ground =
  | { kind: "rule"; effect: RuleEffect; rule: Rule }
  /** The row of the session's level. */
  | { kind: "level"; column: keyof Grants; grant: Grant }
  /** The shipped list of commands that only read. */
  | { kind: "shipped-list" }
  /** The configured list of hosts. */
  | { kind: "hosts" }
  /** Closed at every level: secrets, devices, the kernel's folders, what others run or trust. */
  | { kind: "protected" }
  /** Bounded elsewhere, or nothing to judge. */
  | { kind: "free" };

/** One part of an action, judged by itself. */
export interface Judgement {
  /** The part: a command's words, a path, a host. */
  what: string;
  decision: Decision;
  ground: Ground;
}

/** The decision over all parts. */
export function worstOf(judgements: readonly Judgement[]): Decision {
  return worst(judgements.map(({ decision }) => decision));
}
