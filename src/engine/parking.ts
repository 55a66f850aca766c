import type { Clock } from "../core/clock.ts";
import type { SessionId } from "../core/id.ts";
import { isUrgent } from "../core/message.ts";
import { type Wait, toWaitEnd } from "../core/session.ts";
import type { Store } from "../store/store.ts";
import type { ApprovalDesk } from "./approval-desk.ts";
import type { LiveSession, LiveTable } from "./live-table.ts";

/** What parking knows of the world and may do with a session whose wait is over. */
export interface ParkingPorts {
  store: Store;
  clock: Clock;
  live: LiveTable;
  desk: ApprovalDesk;
  isReady(provider: string): boolean;
  /** Calls back once a program that waits for an answer has done something else; the answer ends that. */
  watchProgram(sessionId: SessionId, onNews: () => void): () => void;
  /** The session may run again. */
  wake(session: LiveSession): void;
  /** What it waited for did not come in time and it cannot go on. */
  giveUp(session: LiveSession): void;
  /** The store failed; what is on disk stands. */
  fail(session: LiveSession, error: unknown): void;
}

// Node's timers hold 31 bits of milliseconds; a longer wait is looked at again in between.
const longestTimerMs = 2 ** 31 - 1;

/** Puts a session that gave its slot back to sleep until what it waits for is there. */
export function park(ports: ParkingPorts, session: LiveSession, wait: Wait): void {
  const disarmTimer = armTimer(ports, session, wait);
  const unwatch = wait.on === "approval" ? watchProgram(ports, session, wait) : () => undefined;
  const disarm = (): void => {
    disarmTimer();
    unwatch();
  };
  session.phase = { kind: "parked", wait, disarm };
  session.activity = null;
  if (isOver(ports, wait)) ports.wake(session);
  else if (wait.on === "message") void wakeIfMail(ports, session);
  else if (wait.on === "child") void wakeIfUrgent(ports, session);
  else if (wait.on === "approval") lookForAnswer(ports, session, wait);
}

/** Looks again at a parked session after something it may wait for has happened. */
export function reconsider(ports: ParkingPorts, sessionId: SessionId): void {
  const session = ports.live.get(sessionId);
  if (session?.phase.kind !== "parked") return;
  const { wait } = session.phase;
  // A result is mail, and so is what others send.
  if ((wait.on === "message" && wait.call === undefined) || isOver(ports, wait)) ports.wake(session);
  else if (wait.on === "message") void wakeIfMail(ports, session);
  else if (wait.on === "approval") lookForAnswer(ports, session, wait);
}

/** A person has written: who waits for children need not wait for them to read it. */
export function wakeForUser(ports: ParkingPorts, sessionId: SessionId): void {
  const session = ports.live.get(sessionId);
  if (session?.phase.kind !== "parked") return;
  const { wait } = session.phase;
  if (wait.on === "child" || (wait.on === "message" && wait.call !== undefined)) ports.wake(session);
  else reconsider(ports, sessionId);
}

function isOver(ports: ParkingPorts, wait: Wait): boolean {
  switch (wait.on) {
    case "child":
      return wait.sessionIds.every((id) => ports.live.get(id) === undefined);
    case "credential":
      return ports.isReady(wait.provider);
    case "cool-down":
      return ports.clock.now() >= wait.untilMs;
    case "message":
      return wait.call?.livingIds.some((id) => ports.live.get(id) === undefined) ?? false;
    // Only the store knows; an answer counts once it is there, and so does the clock's.
    case "approval":
      return false;
  }
}

function armTimer(ports: ParkingPorts, session: LiveSession, wait: Wait): () => void {
  const untilMs = toWaitEnd(wait);
  if (untilMs === null) return () => undefined;
  const { clock } = ports;
  // A clock that was set back since it was made, or is set back later, must not make it wait for that as well.
  const madeAtMs = wait.on === "cool-down" ? wait.madeAtMs : undefined;
  const dueMs = clock.elapsedMs() + untilMs - Math.max(clock.now(), madeAtMs ?? 0);
  const arm = (): (() => void) =>
    clock.after(Math.min(Math.max(0, dueMs - clock.elapsedMs()), longestTimerMs), () => {
      if (clock.elapsedMs() < dueMs) disarm = arm();
      else if (wait.on === "credential") ports.giveUp(session);
      else if (wait.on === "approval") sayNo(ports, session, wait);
      else ports.wake(session);
    });
  let disarm = arm();
  return () => disarm();
}

type ApprovalWait = Extract<Wait, { on: "approval" }>;

/** An answer may have come while the session was on its way to bed, or while no daemon ran. */
function lookForAnswer(ports: ParkingPorts, session: LiveSession, wait: ApprovalWait): void {
  const look = ports.desk.isAnswered(session.id, wait);
  look.then(
    (isAnswered) => (isAnswered ? wakeFrom(ports, session, wait) : undefined),
    (error: unknown) => giveBack(ports, session, error),
  );
}

/** An agent that asked may ask for more, need no answer any more, or be gone. */
function watchProgram(ports: ParkingPorts, session: LiveSession, wait: ApprovalWait): () => void {
  return ports.watchProgram(session.id, () => wakeFrom(ports, session, wait));
}

/** The time is over: nobody's answer is a no. */
function sayNo(ports: ParkingPorts, session: LiveSession, wait: ApprovalWait): void {
  ports.desk.expire(session.id, wait).then(
    () => wakeFrom(ports, session, wait),
    (error: unknown) => giveBack(ports, session, error),
  );
}

function giveBack(ports: ParkingPorts, session: LiveSession, error: unknown): void {
  if (session.phase.kind !== "parked") return;
  session.phase.disarm();
  ports.fail(session, error);
}

/** Not from a later wait: it may have gone on and parked again meanwhile. */
function wakeFrom(ports: ParkingPorts, session: LiveSession, wait: Wait): void {
  if (session.phase.kind === "parked" && session.phase.wait === wait) ports.wake(session);
}

/** Mail may have come, and children may have ended, while the session was on its way to bed. */
async function wakeIfMail(ports: ParkingPorts, session: LiveSession): Promise<void> {
  const wait = session.phase.kind === "parked" ? session.phase.wait : null;
  if (wait?.on === "message" && wait.call !== undefined) return wakeIfOver(ports, session, wait);
  const mail = await ports.store.listMessages({ to: session.id, unackedOnly: true, limit: 1 });
  if (session.phase.kind !== "parked") return;
  if (mail.length > 0 || ports.live.childrenOf(session.id).length === 0) ports.wake(session);
}

/** Looks for exactly what would answer its calls: woken for less, it would park again at once. */
async function wakeIfOver(
  ports: ParkingPorts,
  session: LiveSession,
  wait: Extract<Wait, { on: "message" }>,
): Promise<void> {
  const { store } = ports;
  const { call } = wait;
  if (call === undefined) return;
  const questions = await Promise.all(call.questionIds.map((id) => store.getQuestion(id)));
  const mail = await store.listMessages({
    to: session.id,
    unackedOnly: true,
    withoutQueued: true,
    limit: 100 + call.taskIds.length,
  });
  const news = mail.some(({ kind, from }) => kind !== "result" || !call.taskIds.includes(from));
  const isAnswered =
    questions.some((question) => question !== undefined && question.answerId !== null) ||
    mail.some(isUrgent) ||
    (call.anyMail && news);
  if (isAnswered && session.phase.kind === "parked" && session.phase.wait === wait) ports.wake(session);
}

/** A person may have written while the session was on its way to bed. */
async function wakeIfUrgent(ports: ParkingPorts, session: LiveSession): Promise<void> {
  const mail = await ports.store.listMessages({ to: session.id, unackedOnly: true, limit: 100 });
  if (mail.some(isUrgent)) wakeForUser(ports, session.id);
}
