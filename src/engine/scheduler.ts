import { createFanOutBrake } from "../core/fan-out-brake.ts";
import type { BatchId, SessionId } from "../core/id.ts";
import { type Message, isUrgent } from "../core/message.ts";
import type { SessionEnd, SessionRecord } from "../core/session.ts";
import type { AbortCause } from "../runners/runner.ts";
import { type EndCause, type StartEnd, findLastText, toAbortEnd, toCutOffCalls } from "./abort-end.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createInterruption } from "./interruption.ts";
import type { AgentAdmission } from "./agent-admission.ts";
import type { ApprovalDesk } from "./approval-desk.ts";
import { type LiveSession, type LiveTable, createLiveTable } from "./live-table.ts";
import { type ParkingPorts, park, reconsider, wakeForUser } from "./parking.ts";
import type { Pool } from "./pool.ts";
import { readWholeJournal } from "./read-journal.ts";
import type { Pump } from "./pump.ts";
import { createQueue } from "./queue.ts";
import { createRecorder } from "./recorder.ts";
import { type RunOutcome, runSession } from "./run-session.ts";
import { asSession } from "./session-context.ts";
import type { Spawner } from "./spawner.ts";

/** What the scheduler is given of its surroundings. */
interface SchedulerPorts {
  spawner: Spawner;
  desk: ApprovalDesk;
}

/** Moves living sessions between queue, slot and bed until they end. */
export class Scheduler {
  readonly live: LiveTable = createLiveTable();
  readonly pool: Pool;
  private readonly brake = createFanOutBrake();
  private draining = false;
  private readonly parts: EngineParts;
  private readonly ports: SchedulerPorts;
  private readonly parking: ParkingPorts;
  readonly pump: Pump;
  private readonly agents: AgentAdmission;

  constructor(parts: EngineParts, size: number, ports: SchedulerPorts) {
    this.parts = parts;
    this.ports = ports;
    const { pool, pump, agents } = createQueue(parts, size, (id) => this.start(id));
    this.pool = pool;
    this.pump = pump;
    this.agents = agents;
    this.parking = {
      desk: ports.desk,
      store: parts.store,
      clock: parts.clock,
      live: this.live,
      isReady: (provider) => parts.isReady(provider),
      watchProgram: (id, onNews) => parts.external?.parked.watch(id, onNews) ?? (() => undefined),
      wake: (session) => this.wake(session),
      giveUp: (session) => void this.endUnstarted(session, "credential"),
      fail: (session, error) => this.leaveBroken(session, error),
    };
  }

  /** Takes in a session that may run as soon as there is a slot; one that is in already stays as it is. */
  admit(source: Parameters<LiveTable["add"]>[0]): void {
    if (this.live.get(source.id) !== undefined) return;
    const session = this.live.add(source);
    this.pool.enqueue(toEntry(session), "back");
  }

  /** Takes in a session that had ended; its last run may still be on its way out. */
  async readmit(record: SessionRecord): Promise<void> {
    const phase = this.live.get(record.id)?.phase;
    if (phase?.kind === "running" || phase?.kind === "ending") await phase.over;
    this.admit({ ...record, isToBeStarted: true });
    this.pump.fill();
  }

  /**
   * Takes up what an earlier daemon left. A parked session is never in the queue: waking the first of
   * them fills free slots, and would start the others beside their own waits.
   */
  takeUp(records: readonly SessionRecord[]): void {
    // The door is open before this: what was accepted meanwhile is among the records, and is in.
    const unknown = records.filter(({ id }) => this.live.get(id) === undefined);
    const parked = unknown.flatMap((record) => {
      if (record.wait !== null) return [{ session: this.live.add(record), wait: record.wait }];
      this.admit(record);
      return [];
    });
    for (const { session, wait } of parked) park(this.parking, session, wait);
  }

  /** Takes in a session that an earlier daemon left, only to end it. */
  endLeft(record: SessionRecord, cause: StartEnd): void {
    if (this.live.get(record.id) === undefined) void this.endUnstarted(this.live.add(record), cause);
  }

  /** Something happened that a parked session may wait for. */
  reconsider(sessionId: SessionId): void {
    reconsider(this.parking, sessionId);
  }

  /** Mail is on disk. Who sleeps and can read it goes on; an interrupting one cuts the model call off. */
  noteMail(message: Pick<Message, "to" | "kind" | "delivery">): void {
    this.parts.bell.ring(message.to);
    const phase = this.live.get(message.to)?.phase;
    if (phase?.kind === "running" && message.delivery === "interrupt") phase.interrupt();
    else if (isUrgent(message)) wakeForUser(this.parking, message.to);
    else this.reconsider(message.to);
  }

  /** What it does now; in the queue: what it waits for there. */
  activityOf(id: SessionId): string | null {
    const session = this.live.get(id);
    if (session?.phase.kind !== "queued") return session?.activity ?? null;
    const reason = this.pump.holdUp();
    return reason === null ? null : `waits: ${reason}`;
  }

  /** Keys came to the daemon. */
  reconsiderKeys(): void {
    for (const { id, phase } of this.live.all()) {
      if (phase.kind === "parked" && phase.wait.on === "credential") this.reconsider(id);
    }
  }

  /** Ends a session now, wherever it stands; resolves once its end is written. */
  async end(sessionId: SessionId, cause: Exclude<AbortCause, "shutdown">): Promise<void> {
    const session = this.live.get(sessionId);
    if (session === undefined) return;
    const { phase } = session;
    if (phase.kind === "ending") return phase.over;
    if (phase.kind !== "running") return this.endUnstarted(session, cause);
    phase.abort(cause);
    await phase.over;
    // It may have parked in the very moment: then it is still alive, and ends there.
    if (this.live.get(sessionId) === session) await this.end(sessionId, cause);
  }

  /** Starts nothing more; sessions in a slot stop at their next safe point, at `deadlineMs` at the latest. */
  async drain(deadlineMs: number): Promise<void> {
    this.draining = true;
    this.pump.stop();
    const running = [...this.live.all()].flatMap(({ phase }) => (phase.kind === "running" ? [phase] : []));
    const disarm = this.parts.clock.after(deadlineMs, () => {
      for (const phase of running) phase.abort("shutdown");
    });
    await Promise.all(running.map((phase) => phase.over));
    disarm();
    for (const { phase } of this.live.all()) if (phase.kind === "parked") phase.disarm();
  }

  private wake(session: LiveSession): void {
    if (session.phase.kind !== "parked") return;
    session.phase.disarm();
    this.requeue(session);
    this.pump.fill();
  }

  private requeue(session: LiveSession): void {
    session.phase = { kind: "queued" };
    this.pool.enqueue(toEntry(session), "front");
  }

  private start(id: SessionId): void {
    const session = this.live.get(id);
    if (session === undefined) return this.pool.remove(id);
    const abort = new AbortController();
    const isDraining = (): boolean => this.draining;
    const interruption = createInterruption();
    const noteStarted = (): void => this.agents.settle(id);
    const controls = { spawner: this.ports.spawner, abort, interruption, isDraining, noteStarted };
    if (session.isToBeStarted) this.agents.begin(id, session.agent);
    session.isToBeStarted = false;
    const run = asSession(session.id, () => runSession(this.parts, session, controls));
    const over = run.then(
      (outcome) => this.leaveSlot(session, outcome),
      (error: unknown) => this.leaveBroken(session, error),
    );
    session.hasRun = true;
    const interrupt = (): void => interruption.strike();
    session.phase = { kind: "running", abort: (cause) => abort.abort(cause), interrupt, over };
  }

  private async leaveSlot(session: LiveSession, outcome: RunOutcome): Promise<void> {
    this.pool.remove(session.id);
    this.agents.settle(session.id);
    if (outcome.kind === "parked" && !this.draining) park(this.parking, session, outcome.wait);
    else if (outcome.kind === "again" && !this.draining) this.requeue(session);
    else if (outcome.kind === "ended") await this.forget(session, outcome.end);
    else this.live.delete(session.id);
    this.pump.fill();
  }

  /** The store failed under a run. What is on disk stands; the session is taken up at the next start. */
  private leaveBroken(session: LiveSession, error: unknown): void {
    const { id: sessionId, batchId } = session;
    this.parts.log(`could not be recorded: ${String(error)}`, { level: "error", sessionId, batchId });
    this.pool.remove(session.id);
    this.live.delete(session.id);
    this.pump.fill();
  }

  private endUnstarted(session: LiveSession, cause: EndCause, detail?: string): Promise<void> {
    if (session.phase.kind === "parked") session.phase.disarm();
    this.pool.remove(session.id);
    const over = this.writeEnd(session, cause, detail);
    session.phase = { kind: "ending", over };
    return over;
  }

  private async writeEnd(session: LiveSession, cause: EndCause, detail?: string): Promise<void> {
    const record = await this.parts.store.getSession(session.id);
    if (record === undefined) return;
    // An agent that waited for an answer lives: first it is ended, then it is told that it has.
    await this.parts.external?.parked.end(record.id);
    const journal = await readWholeJournal(this.parts.store, record.id);
    const text = findLastText(journal);
    const end = toAbortEnd(record, cause, detail === undefined ? { text } : { text, detail });
    await createRecorder(this.parts, record, null).record([
      ...toCutOffCalls(journal),
      { type: "session-end", end },
    ]);
    await this.forget(session, end);
    this.pump.fill();
  }

  /** An ended session frees who waits for it; one that did not complete takes its children along. */
  private async forget(session: LiveSession, end: SessionEnd): Promise<void> {
    const children = this.live.childrenOf(session.id);
    this.live.delete(session.id);
    this.parts.tokens.forget(session.id);
    if (session.parentId !== null) this.reconsider(session.parentId);
    if (end.status === "completed") return;
    const stop = this.brake.note(session.batchId, end);
    const stopped = stop === undefined ? [] : this.stopFanOut(session.batchId, stop.detail);
    await Promise.all([...children.map((child) => this.end(child.id, "parent-ended")), ...stopped]);
  }

  /** What of a batch has not begun does not begin. */
  private stopFanOut(batchId: BatchId, detail: string): Promise<void>[] {
    return [...this.live.all()]
      .filter((session) => session.batchId === batchId && session.phase.kind === "queued" && !session.hasRun)
      .map((session) => this.endUnstarted(session, "fan-out-stopped", detail));
  }
}

function toEntry(session: LiveSession): Parameters<Pool["enqueue"]>[0] {
  const { id, rootId, priority, provider, agent, isToBeStarted } = session;
  return { sessionId: id, rootId, priority, provider, starts: isToBeStarted ? agent : null };
}
