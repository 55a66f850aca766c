import type { AgentWays } from "../agent-ways.ts";

const noFlag = { lacks: "it has no setting for that" };

/** What of a request codex gets, and by what. The table in docs/agents.md is made of it. */
export const codexWays: AgentWays = {
  model: { by: "model" },
  effort: { by: "effort" },
  tools: { lacks: "it has a shell, in its sandbox; the level says what that may do" },
  schema: { by: "outputSchema" },
  max_turns: noFlag,
  max_output_tokens: noFlag,
  mcp: { by: "mcp_servers of its thread" },
  budget_usd: { by: "its calls, priced by us; it is stopped" },
  budget_tokens: { by: "its calls, counted; it is stopped" },
  message: { by: "turn/start" },
  resume: { by: "thread/resume" },
  fork: { by: "thread/fork" },
};

const tellsLate = { lacks: "by codex exec it tells its tokens only after each answer" };

/** What it gets where its app-server does not start. */
export const codexExecWays: AgentWays = {
  ...codexWays,
  model: { by: "--model" },
  effort: { by: "model_reasoning_effort" },
  schema: { by: "--output-schema" },
  budget_usd: tellsLate,
  budget_tokens: tellsLate,
  mcp: { lacks: "by codex exec nobody can be asked about their tools" },
  message: { by: "exec resume, behind what it answers" },
  resume: { by: "exec resume" },
  fork: { by: "exec fork" },
};
