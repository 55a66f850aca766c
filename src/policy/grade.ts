import type { Grant } from "../core/grants.ts";
import type { Decision } from "./action.ts";

/** `listed` if it meets the cell's condition, `allowed` if a rule of the person's allows it. */
export interface Graded {
  listed: boolean;
  allowed?: boolean;
  what: string;
}

/** What one cell of the table says of an action. A rule answers what would be asked; it opens no "no". */
export function grade(grant: Grant, action: Graded): Decision {
  const isListed = action.listed || action.allowed === true;
  switch (grant) {
    case "yes":
      return { kind: "allow" };
    case "no":
      return { kind: "deny", reason: `${action.what} is not allowed at this session's level` };
    case "asks":
      if (action.allowed === true) return { kind: "allow" };
      return { kind: "ask", reason: `${action.what} needs approval` };
    case "list":
      if (isListed) return { kind: "allow" };
      return { kind: "deny", reason: `${action.what} is not on the list that this session's level allows` };
    case "list-else-asks":
      return isListed ? { kind: "allow" } : { kind: "ask", reason: `${action.what} needs approval` };
  }
}

const severity = { allow: 0, ask: 1, deny: 2 } as const;

/** Deny over ask over allow; the first of equals, so that its reason is told. No decisions: allow. */
export function worst(decisions: readonly Decision[]): Decision {
  let found: Decision = { kind: "allow" };
  for (const decision of decisions) {
    if (severity[decision.kind] > severity[found.kind]) found = decision;
  }
  return found;
}
