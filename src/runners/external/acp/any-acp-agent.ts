import { ProfclawError } from "../../../core/errors.ts";
import type { AgentWays } from "../agent-ways.ts";
import type { AcpAgent } from "./acp-driver.ts";

const prefix = "acp:";

/** The command that a name like "acp:my-agent --acp" stands for: words between blanks, no quotes. Null: it is no such name. */
export function parseAcpName(name: string): readonly [string, ...string[]] | null {
  if (!name.startsWith(prefix)) return null;
  const [program, ...args] = name
    .slice(prefix.length)
    .split(" ")
    .filter((word) => word !== "");
  if (program === undefined) {
    throw new ProfclawError("agent-not-installed", `Agent "${name}" names no program.`, {
      pointer: "agent",
      hint: "Name one that speaks the Agent Client Protocol: acp:my-agent, or acp:'my-agent --acp'.",
    });
  }
  return [program, ...args];
}

/** An agent of which nothing is known but its command. */
export function toAnyAcpAgent({
  name,
  command,
  env,
}: {
  name: string;
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
}): AcpAgent {
  return {
    name,
    span: "conversation",
    money: "untold",
    withheld: [],
    login: `Log in to ${command[0]} first, or give it its key in the env of an entry under agents in your settings.`,
    plan: () => ({ argv: command, environment: env }),
    modelOf: ({ model }) => (model === ownModel ? null : model),
  };
}

/** What stands for the model of an agent that chooses it by itself. */
export const ownModel = "its-own";

const unsaid = { lacks: "its protocol has no word for that" };

/** What the protocol has a place for. */
export const anyAcpWays: AgentWays = {
  model: { by: "session/set_model or a config option, from those that it names" },
  effort: unsaid,
  tools: unsaid,
  schema: unsaid,
  max_turns: unsaid,
  max_output_tokens: unsaid,
  mcp: { by: "session/new; its own configuration stays as it is" },
  budget_usd: { lacks: "not every such agent says what it costs" },
  budget_tokens: unsaid,
  message: { by: "session/prompt, behind what it answers" },
  resume: { by: "session/resume or session/load" },
  fork: unsaid,
};
