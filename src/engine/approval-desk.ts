import { deadline } from "../core/approval.ts";
import type { Clock } from "../core/clock.ts";
import { toDurationText } from "../core/duration.ts";
import type { SessionId } from "../core/id.ts";
import type { Wait } from "../core/session.ts";
import type { AnswerOutcome, ApprovalStore, NewAnswer } from "../store/approvals.ts";
import { onceThereIsRoom } from "./once-there-is-room.ts";

type ApprovalWait = Extract<Wait, { on: "approval" }>;

/** Where a session's asks are answered, by whoever may, or by the clock. */
export interface ApprovalDesk {
  /** Durable when it resolves; the session goes on. */
  answer(answer: Omit<NewAnswer, "at">): Promise<AnswerOutcome>;
  /** Says no to what of a wait is over, and has nobody's answer. */
  expire(sessionId: SessionId, wait: ApprovalWait): Promise<void>;
  /** True if one of the asks has an answer. */
  isAnswered(sessionId: SessionId, wait: ApprovalWait): Promise<boolean>;
}

/** What the desk stands on. `onAnswer` is told once an answer may be on disk, also when that is not sure. */
export interface DeskPorts {
  store: ApprovalStore;
  clock: Clock;
  onAnswer(this: void, sessionId: SessionId, madeRules: boolean): void;
}

export function createApprovalDesk({ store, clock, onAnswer }: DeskPorts): ApprovalDesk {
  const write = async (answer: NewAnswer): Promise<AnswerOutcome> => {
    try {
      return await store.answerApproval(answer);
    } finally {
      onAnswer(answer.sessionId, answer.rules.length > 0);
    }
  };
  return {
    // The time is taken here and now: an answer that was in time stays so, however long the disk takes.
    answer: (answer) => write({ ...answer, at: clock.now() }),
    async expire(sessionId, wait) {
      const over = wait.asks.filter((ask) => ask.untilMs <= wait.untilMs);
      for (const { number } of over) {
        await onceThereIsRoom(clock, async () => {
          const approval = await store.getApproval(sessionId, number);
          const text = `nobody answered within ${toWaitText(approval?.waitMs ?? 0)}`;
          const answer = { sessionId, number, at: clock.now(), verdict: "deny" as const, by: deadline, text };
          await store.answerApproval({ ...answer, key: null, rules: [] });
        });
      }
    },
    async isAnswered(sessionId, wait) {
      const rows = await Promise.all(wait.asks.map(({ number }) => store.getApproval(sessionId, number)));
      return rows.some((row) => row !== undefined && row.status !== "open");
    },
  };
}

/** "10 min" rather than "10m00s": it is read in a sentence. */
function toWaitText(ms: number): string {
  return ms >= 60_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : toDurationText(ms);
}
