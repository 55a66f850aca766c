import type { AgentWays } from "../agent-ways.ts";

const noFlag = { lacks: "it has no flag for that" };

/** What of a request claude gets, and by what. The table in docs/agents.md is made of it. */
export const claudeWays: AgentWays = {
  model: { by: "--model" },
  effort: { by: "--effort" },
  tools: { by: "--tools" },
  schema: { by: "--json-schema" },
  max_turns: { by: "--max-turns" },
  max_output_tokens: noFlag,
  mcp: { lacks: "it has one MCP server, ours" },
  budget_usd: { by: "--max-budget-usd" },
  budget_tokens: { lacks: "it keeps to a budget in USD only" },
  message: { by: "a line on its stdin" },
  resume: { by: "--resume" },
  fork: { lacks: "its conversation has one session" },
};
