import type { AgentWays } from "../agent-ways.ts";

/** What of a request claude gets, and by what. The table in docs/agents.md is made of it. */
export const claudeWays: AgentWays = {
  model: { by: "--model" },
  effort: { by: "--effort" },
  tools: { by: "--tools" },
  schema: { by: "--json-schema" },
  max_turns: { by: "--max-turns" },
  max_output_tokens: { by: "CLAUDE_CODE_MAX_OUTPUT_TOKENS" },
  mcp: { by: "--mcp-config" },
  budget_usd: { by: "--max-budget-usd" },
  budget_tokens: { by: "what it tells of its calls: past the budget it is stopped" },
  message: { by: "a line on its stdin" },
  resume: { by: "--resume" },
  fork: { by: "--fork-session" },
};
