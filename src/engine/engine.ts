import type { SessionId } from "../core/id.ts";
import type { Message } from "../core/message.ts";
import type { Wait } from "../core/session.ts";
import type { SessionRecord } from "../core/session.ts";
import type { AbortCause } from "../runners/runner.ts";
import { createMailbox } from "../mailbox/mailbox.ts";
import type { NewBatch, Reopening } from "../store/store.ts";
import { ProfclawError } from "../core/errors.ts";
import { createTurnstile } from "../core/turnstile.ts";
import { type ApprovalDesk, createApprovalDesk } from "./approval-desk.ts";
import type { StartEnd } from "./abort-end.ts";
import type { EngineParts } from "./engine-parts.ts";
import { dropLostCoolDowns } from "./lost-cool-downs.ts";
import { Scheduler } from "./scheduler.ts";
import { canAfterwards } from "./resolve-agent.ts";
import { toNextLife } from "./next-life.ts";
import type { Spawner } from "./spawner.ts";

/** How the pool stands. */
export interface PoolState {
  running: number;
  queued: number;
  waiting: number;
  /** Why the queue waits although there are free slots. */
  holdUp: string | null;
}

/** Owns the life of every session of this daemon. */
export interface Engine extends Spawner {
  /** Where asks are answered. */
  approvals: Pick<ApprovalDesk, "answer">;
  /** Takes up again what a stop or crash left, but for those that must end; answers how many sessions live. */
  recover(ends?: ReadonlyMap<SessionId, StartEnd>): Promise<number>;
  /** Ends sessions and all below them; resolves once it is written. Unknown and ended ones are passed over. */
  end(ids: readonly SessionId[], cause: Exclude<AbortCause, "shutdown">): Promise<void>;
  /** An ended session goes on. False if it has not ended, or goes on already. */
  resume(reopening: Reopening): Promise<boolean>;
  /** Mail to a session is on disk. */
  noteMail(message: Message): void;
  sessionsInSlot(): SessionId[];
  poolState(): PoolState;
  /** What parked sessions wait for. */
  waits(): Wait[];
  resize(maxConcurrent: number): void;
  /** Keys came: sessions that waited for them go on. */
  credentialsChanged(): void;
  /** Stops taking up work and lets go of what runs, within `deadlineMs` or a second more. */
  drain(deadlineMs: number): Promise<void>;
}

export function createEngine(parts: EngineParts, maxConcurrent: number): Engine {
  const spawner: Spawner = {
    spawn: (batch) => acceptBatch(parts, scheduler, batch),
    mailbox: createMailbox({
      store: parts.store,
      clock: parts.clock,
      onMail: (message) => scheduler.noteMail(message),
      reopen: (session) => reopenForMail(parts, scheduler, session),
    }),
    activityOf: (id) => scheduler.activityOf(id),
    inTurn: createTurnstile(),
  };
  const desk = createApprovalDesk({
    store: parts.store,
    clock: parts.clock,
    onAnswer: (id, madeRules) => noteAnswer(parts, scheduler, { id, madeRules }),
  });
  const scheduler = new Scheduler(parts, maxConcurrent, { spawner, desk });
  return {
    ...spawner,
    approvals: desk,
    recover: (ends = new Map()) => recover(parts, scheduler, ends),
    async end(ids, cause) {
      await Promise.all(ids.map((id) => scheduler.end(id, cause)));
    },
    resume: (reopening) => resume(parts, scheduler, reopening),
    noteMail: (message) => scheduler.noteMail(message),
    sessionsInSlot: () =>
      [...scheduler.live.all()].flatMap(({ id, phase }) => (phase.kind === "running" ? [id] : [])),
    poolState() {
      const { running, queued } = scheduler.pool;
      return {
        running,
        queued,
        waiting: scheduler.live.size - running - queued,
        holdUp: scheduler.pump.holdUp(),
      };
    },
    waits: () =>
      [...scheduler.live.all()].flatMap(({ phase }) => (phase.kind === "parked" ? [phase.wait] : [])),
    resize(size) {
      scheduler.pool.resize(size);
      scheduler.pump.fill();
    },
    credentialsChanged: () => scheduler.reconsiderKeys(),
    drain: (deadlineMs) => scheduler.drain(deadlineMs),
  };
}

/** After a crash between a parent's end and its children's: nobody waits for them any more. */
function endOrphans(scheduler: Scheduler): void {
  const { live } = scheduler;
  for (const { id, parentId, wasResumed } of live.all()) {
    const isOrphan = parentId !== null && !wasResumed && live.get(parentId) === undefined;
    if (isOrphan) void scheduler.end(id, "parent-ended");
  }
}

/** Readers hear of it, and the session goes on. */
function noteAnswer(
  parts: EngineParts,
  scheduler: Scheduler,
  { id, madeRules }: { id: SessionId; madeRules: boolean },
): void {
  if (madeRules) parts.ruleBook.refresh();
  const batchId = scheduler.live.get(id)?.batchId;
  if (batchId !== undefined) parts.hub.publish({ kind: "journal", sessionId: id, batchId, ended: false });
  scheduler.reconsider(id);
}

async function acceptBatch(
  parts: EngineParts,
  scheduler: Scheduler,
  batch: NewBatch,
): ReturnType<Spawner["spawn"]> {
  const outcome = await parts.store.acceptBatch(batch);
  if (outcome.kind === "replayed") return outcome;
  if (outcome.kind === "key-conflict") {
    throw new ProfclawError("idempotency-key-reused", "This idempotency key was used with another request.", {
      pointer: "idempotency_key",
      hint: "Use a new key, or send the same request.",
    });
  }
  parts.witness?.accepted(batch.sessions);
  for (const session of batch.sessions) {
    const { id: sessionId, batchId } = session;
    parts.hub.publish({ kind: "journal", sessionId, batchId, ended: false });
    scheduler.admit(session);
  }
  scheduler.pump.fill();
  return { kind: "accepted", batchId: batch.id, sessions: batch.sessions };
}

async function resume(parts: EngineParts, scheduler: Scheduler, reopening: Reopening): Promise<boolean> {
  const { store, hub } = parts;
  if ((await store.reopenSession(reopening)) !== "reopened") return false;
  const { id: sessionId, batchId } = reopening.spec;
  hub.publish({ kind: "journal", sessionId, batchId, ended: false });
  const record = await store.getSession(sessionId);
  if (record !== undefined) await scheduler.readmit(record);
  return true;
}

/** It reads what has come, and nothing else is said to it. */
async function reopenForMail(
  parts: EngineParts,
  scheduler: Scheduler,
  session: SessionRecord,
): Promise<boolean> {
  if (!canAfterwards(parts, session.agent, "resume")) return false;
  const spec = await toNextLife(parts, session);
  const event = { type: "session-resume" as const, text: "", key: null };
  return resume(parts, scheduler, { spec, at: parts.clock.now(), event });
}

async function recover(
  parts: EngineParts,
  scheduler: Scheduler,
  ends: ReadonlyMap<SessionId, StartEnd>,
): Promise<number> {
  // Before any session goes on: what was spent so far, and what calls in flight may have cost.
  const [records, allowances] = await Promise.all([
    parts.store.listLiveSessions(),
    parts.ledger.openAllowances(),
  ]);
  for (const record of records) allowances.expect(record);
  // First: waking others may free their parents, and a slot must not go to one of these.
  for (const record of records) {
    const cause = ends.get(record.id);
    if (cause !== undefined) scheduler.endLeft(record, cause);
  }
  scheduler.takeUp(dropLostCoolDowns(records, parts.clock.now()));
  endOrphans(scheduler);
  scheduler.pump.fill();
  return records.length;
}
