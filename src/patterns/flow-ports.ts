import type { Clock } from "../core/clock.ts";
import type { SessionId } from "../core/id.ts";
import type { FlowRecord } from "../core/flow/flow.ts";
import type { Log } from "../core/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/engine-parts.ts";

/** A command that a gate runs. */
export interface GateCommand {
  flow: FlowRecord;
  sessionId: SessionId;
  command: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** `report`: what whoever has to put it right is to read. */
export interface GateOutcome {
  passed: boolean;
  report: string;
}

/** What flows need of the daemon. */
export interface FlowPorts {
  engine: Pick<Engine, "spawn" | "end">;
  engineParts: EngineParts;
  clock: Clock;
  log: Log;
  /** Rejects only once its signal is aborted. */
  runGate(command: GateCommand): Promise<GateOutcome>;
}
