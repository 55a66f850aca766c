import type { Clock } from "../../core/clock.ts";
import type { AgentWire, JournalEntry } from "../../core/journal.ts";
import type { AllowanceBook } from "../../ledger/allowance-book.ts";
import type { SessionFault } from "../../core/session.ts";
import type { MailBell } from "../../mailbox/mail-bell.ts";
import type { RecordedProgram } from "../../sandbox/recorded/recorded-program.ts";
import type { MemoryBook } from "./agent-memory.ts";
import type { SharedPrograms } from "../../sandbox/recorded/shared-programs.ts";
import type { AgentDriver } from "./driver.ts";
import type { ParkedRuns } from "./parked-runs.ts";

/** What the runner of other people's agents stands on. */
export interface ExternalParts {
  /** Of a run that was, or is to be, launched so. Undefined: the agent is not there any more. */
  driverOf(agent: string, wire: AgentWire | undefined): AgentDriver | undefined;
  /** How the agent on that PATH is to be run now; undefined: in its own way. */
  wireOf(agent: string, path: string): Promise<AgentWire | undefined>;
  /** What a session with that PATH would start; undefined: nothing. */
  locate(agent: string, path: string): string | undefined;
  /** What the person's settings have the agent's environment begin with. */
  environmentOf(agent: string): Readonly<Record<string, string>>;
  /** Why the agent's program, as it is now on that PATH, is not one that can be started; null: it can. */
  findUnfit(agent: string, path: string): Promise<SessionFault | null>;
  /** A folder for each session, and in it one for each run. */
  runsFolder: string;
  clock: Pick<Clock, "now" | "elapsedMs">;
  /** Rung when mail for a session is on disk. */
  bell: Pick<MailBell, "listen">;
  /** What running agents are seen to take. */
  memory: Pick<MemoryBook, "note">;
  /** What is set aside for agents; the same book each time. */
  allowances(): Promise<Pick<AllowanceBook, "grant" | "leftOf" | "findFull">>;
  parked: ParkedRuns;
  shared: SharedPrograms;
  /** How long an ask waits for leave, ms; 0: the answer is no at once. */
  approvalMs: number;
}

/** A run of an agent that has begun, here or in an earlier daemon. */
export interface AgentProgram {
  driver: AgentDriver;
  program: RecordedProgram;
  /** With the launch in it. */
  journal: readonly JournalEntry[];
}
