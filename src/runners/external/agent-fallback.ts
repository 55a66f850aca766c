import type { AgentWire } from "../../core/journal.ts";
import type { AgentWays } from "./agent-ways.ts";
import type { AgentDriver } from "./driver.ts";

/** How an agent is run where its own way to be run is not there. */
export interface AgentFallback {
  wire: AgentWire;
  ways: AgentWays;
  driver: AgentDriver;
  /** True if this program is one that has no other way. */
  isNeeded(program: string, path: string): Promise<boolean>;
}

/** An agent that may have to be run in another way. */
interface Runnable {
  ways: AgentWays;
  driver: AgentDriver;
  fallback?: AgentFallback;
  /** How it is run; left out: in its own way. */
  wire?: AgentWire;
  locate(path: string): string | undefined;
}

/** The agent with what it takes and how it is run, as its program on that PATH can be. */
export async function toFound<T extends Runnable>(agent: T, path: string): Promise<T> {
  const program = agent.fallback === undefined ? undefined : agent.locate(path);
  if (agent.fallback === undefined || program === undefined) return agent;
  return (await agent.fallback.isNeeded(program, path)) ? toFallback(agent, agent.fallback) : agent;
}

/** The agent as a run of it was launched. */
export function toLaunched<T extends Runnable>(agent: T, wire: AgentWire | undefined): T {
  const { fallback } = agent;
  return wire === undefined || fallback?.wire !== wire ? agent : toFallback(agent, fallback);
}

function toFallback<T extends Runnable>(agent: T, { ways, driver, wire }: AgentFallback): T {
  return { ...agent, ways, driver, wire };
}
