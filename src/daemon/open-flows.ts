import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import { type FlowEngine, createFlowEngine } from "../patterns/flow-engine.ts";
import { runGate } from "../patterns/run-gate.ts";

/** The flows of a daemon, on its sessions. */
export function openFlows({ log }: { log: Log }, engine: Engine, engineParts: EngineParts): FlowEngine {
  const { path } = engineParts;
  return createFlowEngine({
    engine,
    engineParts,
    clock: systemClock,
    log,
    runGate: (command) => runGate(command, path),
  });
}
