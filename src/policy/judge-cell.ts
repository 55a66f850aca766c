import type { Grant, Grants } from "../core/grants.ts";
import { grade } from "./grade.ts";
import type { Judgement } from "./judgement.ts";
import type { Rule } from "./rule.ts";

/** One cell of the table, and what of it an action meets. */
export interface Cell {
  column: keyof Grants;
  grant: Grant;
  /** True if it meets the cell's own condition. */
  listed: boolean;
  /** The person's rule that allows it. */
  rule?: Rule | undefined;
  /** The action, as it stands in a reason. */
  what: string;
}

/** What a cell and a rule say together; the rule is the ground only where it made the difference. */
export function judgeCell({ column, grant, listed, rule, what }: Cell): Judgement {
  const alone = grade(grant, { listed, what });
  const decision = grade(grant, { listed, allowed: rule !== undefined, what });
  const byRule = rule !== undefined && decision.kind === "allow" && alone.kind !== "allow";
  return {
    what,
    decision,
    ground: byRule ? { kind: "rule", effect: "allow", rule } : { kind: "level", column, grant },
  };
}
