import type { SessionId } from "../core/id.ts";
import { createAdmission } from "./admission.ts";
import { type AgentAdmission, createAgentAdmission } from "./agent-admission.ts";
import type { EngineParts } from "./engine-parts.ts";
import { type Pool, createPool } from "./pool.ts";
import { type Pump, createPump } from "./pump.ts";

/** Where sessions wait for a slot, and what lets them through. */
export interface Queue {
  pool: Pool;
  pump: Pump;
  agents: AgentAdmission;
}

export function createQueue(parts: EngineParts, size: number, start: (id: SessionId) => void): Queue {
  const onRoom = (): void => pump.fill();
  const agents = createAgentAdmission({
    clock: parts.clock,
    readMemory: parts.memory.readMemory,
    needOf: (agent) => (parts.runners.has(agent) ? null : (parts.external?.startNeedOf(agent) ?? null)),
    mostStarting: parts.mostStarting,
    onRoom,
  });
  const pool: Pool = createPool(size, {
    ofProvider: (provider) => parts.providerLimit(provider),
    mayStart: (agent) => agents.mayStart(agent, pool.running),
  });
  const admission = createAdmission({ clock: parts.clock, ...parts.memory, onRoom, log: parts.log });
  const pump: Pump = createPump({ pool, admission, agents, start });
  return { pool, pump, agents };
}
