const mb = 2 ** 20;

/** What one agent takes, as it was measured with ten of them at once (docs/agents.md). */
const known: Readonly<Record<string, number>> = {
  claude: 110 * mb,
  // Its sessions share one process.
  codex: 12 * mb,
  gemini: 400 * mb,
  opencode: 350 * mb,
};

/** An agent of another maker, which is a program of Node or Python most often. */
const acpBytes = 350 * mb;
/** A program of the user's own. */
const otherBytes = 60 * mb;

/** What an agent is taken to need until it is known better. */
export function toUsualMemory(agent: string): number {
  return known[agent] ?? (agent.startsWith("acp:") ? acpBytes : otherBytes);
}
