import { ProfclawError } from "../../core/errors.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { AgentWay, AgentWays } from "./agent-ways.ts";
import type { AgentDriver, LaunchPlan } from "./driver.ts";
import { readJsonLines } from "./read-json-lines.ts";
import { readPlainText } from "./read-plain-text.ts";
import { toTaskText } from "./task-text.ts";

/** A program of the user's own, as their settings describe it. */
export interface ExecAgent {
  name: string;
  /** `{task}`, `{model}`, `{effort}`, `{session}` and `{cwd}` in it are filled in; no shell sees it. */
  command: readonly [string, ...string[]];
  output: "text" | "json-lines" | "acp";
  env: Readonly<Record<string, string>>;
  /** The least level that a session needs to run it. */
  level: string;
}

// One argument may have 128 KiB on Linux, its placeholder's surroundings included.
const longestArgument = 96 * 1024;

export function createExecDriver(agent: ExecAgent): AgentDriver {
  return {
    listens: false,
    // A program that prints text has no place to say what it costs.
    money: agent.output === "text" ? "untold" : "told",
    plan: ({ session }) => toPlan(agent, session),
    read: () => (agent.output === "text" ? readPlainText() : readJsonLines()),
  };
}

/** Such a program takes what its command has a place for, and nothing after its start. */
export function toExecWays(agent: ExecAgent): AgentWays {
  const place = (name: "model" | "effort"): AgentWay =>
    hasPlace(agent, name) ? { by: `{${name}}` } : { lacks: `its command has no place for {${name}}` };
  const no = { lacks: "such a program has no way to be told" };
  const noPast = { lacks: "such a program keeps no conversation" };
  return {
    model: place("model"),
    effort: place("effort"),
    tools: no,
    schema: no,
    max_turns: no,
    max_output_tokens: no,
    mcp: no,
    budget_usd:
      agent.output === "text"
        ? { lacks: "what prints text does not say what it costs" }
        : { by: "the cost_usd that it prints: past the budget it is stopped" },
    budget_tokens:
      agent.output === "text"
        ? { lacks: "what prints text does not say what it uses" }
        : { by: "the usage that it prints: past the budget it is stopped" },
    message: { lacks: "it is given its task and nothing after it" },
    resume: noPast,
    fork: noPast,
  };
}

function hasPlace({ command }: ExecAgent, name: "task" | "model" | "effort"): boolean {
  return command.some((part) => part.includes(`{${name}}`));
}

function toPlan(agent: ExecAgent, session: SessionRecord): LaunchPlan {
  const task = toTaskText(session);
  const asArgument = hasPlace(agent, "task");
  if (asArgument && Buffer.byteLength(task) > longestArgument) {
    throw new ProfclawError(
      "agent-lacks",
      `The task has ${Buffer.byteLength(task)} bytes; an argument of ${agent.name} holds ${longestArgument}.`,
      { hint: `Leave {task} out of agents.${agent.name}.command: then it comes by stdin, of any size.` },
    );
  }
  const { model, effort, id, cwd } = session;
  const values = { task, model, effort: effort ?? "", session: id, cwd };
  const [program, ...args] = agent.command;
  return {
    argv: [program, ...args.map((part) => fill(part, values))],
    environment: agent.env,
    input: asArgument ? null : task,
  };
}

function fill(part: string, values: Readonly<Record<string, string>>): string {
  const filled = part.replaceAll(/\{(task|model|effort|session|cwd)\}/g, (whole, name: string) => {
    return values[name] ?? whole;
  });
  // A task that begins with a dash is no flag.
  return part.startsWith("{task}") && filled.startsWith("-") ? ` ${filled}` : filled;
}
