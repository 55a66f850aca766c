/** What a request may ask of an agent besides its task. */
export const abilities = [
  "model",
  "effort",
  "tools",
  "schema",
  "max_turns",
  "max_output_tokens",
  "mcp",
  "budget_usd",
  "budget_tokens",
] as const;

export type Ability = (typeof abilities)[number];

/** What is done with an agent's session after it has begun. */
export const afterAbilities = ["message", "resume", "fork"] as const;

export type AfterAbility = (typeof afterAbilities)[number];

/** `by`: the flag or field of its own by which it gets it. `lacks`: why it does not, to be read after a colon. */
export type AgentWay = { by: string } | { lacks: string };

/** Each thing that an agent may be asked for, and how that reaches it or why it can not. */
export type AgentWays = Readonly<Record<Ability | AfterAbility, AgentWay>>;

/** True if it takes that, or can be dealt with so. */
export function isAble({ ways }: { ways: AgentWays }, what: Ability | AfterAbility): boolean {
  return "by" in ways[what];
}

/** Why an agent can not do these, each reason once: "" or ": it has no flag for it". */
export function toLackText({ ways }: { ways: AgentWays }, what: readonly (Ability | AfterAbility)[]): string {
  const reasons = what.map((one) => ways[one]).flatMap((way) => ("lacks" in way ? [way.lacks] : []));
  return reasons.length === 0 ? "" : `: ${[...new Set(reasons)].join("; ")}`;
}
