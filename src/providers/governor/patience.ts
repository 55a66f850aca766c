import type { JournalEntry } from "../../core/journal.ts";
import type { SessionFault } from "../../core/session.ts";
import { isCoolDownCode } from "./failure-kind.ts";
import { readWaitFault } from "./wait-text.ts";

// Cool-downs that a provider asks for end some time; a fault that is nobody's wish gets less patience.
const coolDownPatienceMs = 6 * 3_600_000;

/** Something that held a turn up: its own failed call, or a wait for a lane that was down. */
interface Mark {
  at: number;
  fault: SessionFault;
  isOwn: boolean;
}

export interface PatienceQuestion {
  journal: readonly JournalEntry[];
  /** Turns that the session has taken by now. */
  turns: number;
  nowMs: number;
  /** What it is to wait for now, and until when. */
  fault: SessionFault;
  untilMs: number;
  faultPatienceMs: number;
}

/**
 * How long a session waits before it tries its turn again, or null if its patience is spent: six hours
 * after the first 429, 529 or quota of the turn, `faultPatienceMs` after the first of other faults in a row.
 * A wait for a provider's own time is not begun where that is later; the last try after a fault is made
 * when its patience ends. Failed calls and waits of other sessions' making count alike; a wait in line does not.
 */
export function toPatientUntil(question: PatienceQuestion): number | null {
  const { nowMs, untilMs, fault, faultPatienceMs } = question;
  const marks = listMarks(question.journal, question.turns);
  const lastMs = (marks.at(-1)?.at ?? nowMs) + coolDownPatienceMs;
  if (isCoolDownCode(fault.code)) return untilMs > lastMs ? null : untilMs;
  const faults = takeWhile(marks, (mark) => !isCoolDownCode(mark.fault.code));
  const deadlineMs = Math.min(lastMs, (faults.at(-1)?.at ?? nowMs) + faultPatienceMs);
  return nowMs >= deadlineMs ? null : Math.min(untilMs, deadlineMs);
}

/** What the session's last own call of this turn failed of; null if none has. */
export function findOwnFault(journal: readonly JournalEntry[], turns: number): SessionFault | null {
  return listMarks(journal, turns).find((mark) => mark.isOwn)?.fault ?? null;
}

/** Newest first, back to the last turn that came to an end. */
function listMarks(journal: readonly JournalEntry[], turns: number): Mark[] {
  const marks: Mark[] = [];
  let wasInLine = false;
  for (let index = journal.length - 1; index >= 0; index -= 1) {
    const entry = journal[index];
    if (entry?.event.type === "turn-end") return entry.event.turn === turns ? marks : [];
    // What held up an earlier life does not count against this one.
    if (entry?.event.type === "session-resume" || entry?.event.type === "context-compact") return marks;
    const mark = entry === undefined ? null : toMark(entry);
    // A lane that had places, only not enough, was not down: waits before that are another matter.
    wasInLine ||= entry?.event.type === "wait-start" && mark === null;
    if (mark !== null && (mark.isOwn || !wasInLine)) marks.push(mark);
  }
  return turns === 0 ? marks : [];
}

function toMark({ at, event }: JournalEntry): Mark | null {
  if (event.type === "turn-fail" && event.error.code !== "interrupted") {
    return { at, fault: event.error, isOwn: true };
  }
  const fault = event.type === "wait-start" ? readWaitFault(event.wait) : null;
  return fault === null ? null : { at, fault, isOwn: false };
}

function takeWhile<T>(items: readonly T[], holds: (item: T) => boolean): T[] {
  const end = items.findIndex((item) => !holds(item));
  return items.slice(0, end === -1 ? items.length : end);
}
