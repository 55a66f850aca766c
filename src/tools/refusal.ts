import { type ApprovalAnswer, deadline } from "../core/approval.ts";

/** What a model is told of a call that it may not make. */
export function toRefusalText(reason: string): string {
  return `Not allowed: ${reason}. Nothing was done. Go on without it, or say what you would need.`;
}

/** Where nobody may be asked. */
export function toUnaskedText(reason: string): string {
  return toRefusalText(`${reason}, and this daemon asks nobody (PROFCLAW_APPROVAL_TIMEOUT_MS is 0)`);
}

/** Somebody's no, or the clock's, as the end of a reason. */
export function toNo({ by, text }: ApprovalAnswer): string {
  const answer = by === deadline ? "the answer is no" : "the answer was no";
  return text === null ? answer : `${answer}: ${text}`;
}
