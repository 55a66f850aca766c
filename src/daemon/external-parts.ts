import type { StatePaths } from "../config/paths.ts";
import { systemClock } from "../core/clock.ts";
import type { ExternalAgents } from "../engine/engine-parts.ts";
import { createAgentBook } from "../runners/external/agent-book.ts";
import type { ExecAgent } from "../runners/external/exec-driver.ts";
import { createExternalRunner } from "../runners/external/external-runner.ts";
import type { LiveSettings } from "./live-settings.ts";

/** The agents that are programs of their own, and what runs them. */
export function createExternalParts(
  { agents: runsFolder }: Pick<StatePaths, "agents">,
  live: Pick<LiveSettings, "agents">,
): ExternalAgents {
  const book = createAgentBook(() => toExecAgents(live));
  const driverOf: Parameters<typeof createExternalRunner>[0]["driverOf"] = (name) => book.find(name)?.driver;
  return { book, runner: createExternalRunner({ driverOf, runsFolder, clock: systemClock }) };
}

function toExecAgents(live: Pick<LiveSettings, "agents">): ExecAgent[] {
  return Object.entries(live.agents()).map(([name, { command, output, env, level }]) => ({
    name,
    command,
    output: output ?? "text",
    env: env ?? {},
    // A person's own program, which nothing here holds back: it runs where everything is allowed.
    level: level ?? "full",
  }));
}
