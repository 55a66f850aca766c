import type { Clock } from "../core/clock.ts";
import type { SessionId } from "../core/id.ts";
import type { MemoryState } from "./admission.ts";
import { toSparedBytes } from "./spared-memory.ts";

/** What the start of an agent takes. */
export interface StartNeed {
  bytes: number;
  /** So long it counts as starting, if it says nothing before. */
  startMs: number;
}

export interface AgentAdmissionParts {
  clock: Pick<Clock, "after" | "elapsedMs">;
  readMemory: () => MemoryState;
  /** What one agent of that name takes to start; null: it runs in this process. */
  needOf: (agent: string) => StartNeed | null;
  /** So many may be starting at once. */
  mostStarting: number;
  /** One that was held may go on now. */
  onRoom: () => void;
}

/** Whether the machine has room for one more agent that is a program of its own, and is not busy starting others. */
export interface AgentAdmission {
  /** False: it stays in the queue. `running`: sessions in slots; with none the first is always let through. */
  mayStart(agent: string, running: number): boolean;
  /** It is being started: what it needs counts as taken, until its first word or as long as its kind takes. */
  begin(id: SessionId, agent: string): void;
  /** It has said something, or is over. */
  settle(id: SessionId): void;
  /** Why the last one that asked is held; null: it is not. */
  holdUp(): string | null;
}

const sampleMs = 250;
const askAgainMs = 500;

export function createAgentAdmission(parts: AgentAdmissionParts): AgentAdmission {
  return new StartAdmission(parts);
}

class StartAdmission implements AgentAdmission {
  private readonly parts: AgentAdmissionParts;
  private readonly starting = new Map<SessionId, { needBytes: number; disarm: () => void }>();
  private sample: { at: number; freeBytes: number } | null = null;
  private held: string | null = null;
  private isAsking = false;

  constructor(parts: AgentAdmissionParts) {
    this.parts = parts;
  }

  mayStart(agent: string, running: number): boolean {
    const need = this.parts.needOf(agent);
    if (need === null) return true;
    this.held = running === 0 ? null : this.findHold(agent, need.bytes);
    if (this.held === null) return true;
    this.askAgain();
    return false;
  }

  begin(id: SessionId, agent: string): void {
    const need = this.parts.needOf(agent);
    if (need === null) return;
    const disarm = this.parts.clock.after(need.startMs, () => this.settle(id));
    this.starting.set(id, { needBytes: need.bytes, disarm });
  }

  settle(id: SessionId): void {
    const one = this.starting.get(id);
    if (one === undefined) return;
    one.disarm();
    this.starting.delete(id);
    // What it took stands in what the machine has left from now on.
    this.sample = null;
    this.parts.onRoom();
  }

  holdUp(): string | null {
    return this.held;
  }

  private findHold(agent: string, needBytes: number): string | null {
    const { mostStarting } = this.parts;
    if (this.starting.size >= mostStarting) {
      return `starts: ${this.starting.size} starting, and no more than ${mostStarting} agents do at once`;
    }
    const promised = [...this.starting.values()].reduce((sum, one) => sum + one.needBytes, 0);
    const freeBytes = Math.max(0, this.readFree() - promised);
    if (needBytes <= freeBytes) return null;
    return `memory: one more ${agent} needs ${toMb(needBytes)}, and the machine has ${toMb(freeBytes)} to give`;
  }

  private readFree(): number {
    const at = this.parts.clock.elapsedMs();
    if (this.sample === null || at - this.sample.at >= sampleMs) {
      const { availableBytes, totalBytes } = this.parts.readMemory();
      this.sample = { at, freeBytes: availableBytes - toSparedBytes(totalBytes) };
    }
    return this.sample.freeBytes;
  }

  private askAgain(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.parts.clock.after(askAgainMs, () => {
      this.isAsking = false;
      this.parts.onRoom();
    });
  }
}

function toMb(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
