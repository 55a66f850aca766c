/** A program of somebody else's that the tests drive: exactly this version, from npm. */
interface PinnedAgent {
  package: string;
  version: string;
  /** The program below node_modules, as a glob: some ship one for each platform. */
  program: string;
}

/** By the name that `profclaw mcp install` knows each by. A new one needs a row here, and a folder with its tests. */
export const pinnedAgents = {
  claude: {
    package: "@anthropic-ai/claude-code",
    version: "2.1.330",
    program: "@anthropic-ai/claude-code-*/claude",
  },
  codex: {
    package: "@openai/codex",
    version: "0.169.0",
    program: "@openai/codex-*/vendor/*/bin/codex",
  },
  gemini: {
    package: "@google/gemini-cli",
    version: "0.61.0",
    program: "@google/gemini-cli/bundle/gemini.js",
  },
  opencode: {
    package: "opencode-ai",
    version: "1.18.33",
    program: "opencode-{linux,darwin}-*/bin/opencode",
  },
} as const satisfies Record<string, PinnedAgent>;

export type AgentName = keyof typeof pinnedAgents;

/** The variable that tells the tests where a program is; without it they are skipped. */
export function toVariable(name: AgentName): string {
  return `AGENT_${name.toUpperCase()}`;
}

/** What the tests of one go by: its name and version for their titles, and its program if it is there. */
export function findAgent(name: AgentName): { title: string; program: string | undefined } {
  return { title: `${name} ${pinnedAgents[name].version}`, program: process.env[toVariable(name)] };
}
