import type { AgentName } from "../../test/agents/pinned-agents.ts";
import type { ModelServer } from "../../test/support/model-server/start-model-server.ts";

/** How a person starts an agent for one task, headless, with its events as JSON, on the scripted model. */
export interface ByHand {
  args(task: string, model: ModelServer): string[];
  /** On top of PATH. */
  env(scene: { model: ModelServer; home: string }): Record<string, string>;
  /** A call of its own reading tool, as its model makes it. */
  toolCall: { name: string; input: Record<string, string> };
  /** True: one process of it runs many sessions. */
  isShared?: boolean;
}

/** Those that the bench drives. */
export const byHand: Readonly<Partial<Record<AgentName, ByHand>>> = {
  claude: {
    args: (task) => ["-p", task, "--model=claude-sonnet-4-6", "--output-format=stream-json", "--verbose"],
    env: ({ model, home }) => ({
      HOME: home,
      ANTHROPIC_API_KEY: "bench",
      ANTHROPIC_BASE_URL: model.url,
      // As ours has it: calls home would be another measurement.
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    }),
    toolCall: { name: "Read", input: { file_path: "notes.txt" } },
  },
  codex: {
    args: (task, { openaiUrl }) => [
      "exec",
      "--json",
      "--skip-git-repo-check",
      "--sandbox=workspace-write",
      "--model=gpt-6-sol",
      "--config=model_provider=bench",
      `--config=model_providers.bench={name="bench",base_url="${openaiUrl}",env_key="OPENAI_API_KEY",wire_api="responses"}`,
      task,
    ],
    env: ({ home }) => ({ HOME: home, CODEX_HOME: home, OPENAI_API_KEY: "bench" }),
    toolCall: { name: "exec_command", input: { cmd: "cat notes.txt" } },
    isShared: true,
  },
};
