import type { CoolDown, SessionFault, Wait } from "../../core/session.ts";
import { isRetriedCode } from "./failure-kind.ts";

/** The fault that a lane cools down from. */
export interface LaneFault {
  code: string;
  status: number | null;
}

/** A wait for a place: nothing is wrong, others go first. */
export function toLineWait(untilMs: number, text: string): CoolDown {
  return { on: "cool-down", untilMs, detail: `in line: ${text}` };
}

/** A wait that a fault is the reason of: "overloaded (HTTP 529): anthropic is given a rest". */
export function toFaultWait(untilMs: number, fault: LaneFault, text: string): CoolDown {
  const status = fault.status === null ? "" : ` (HTTP ${fault.status})`;
  return { on: "cool-down", untilMs, detail: `${fault.code}${status}: ${text}` };
}

/**
 * The fault that a wait of `toFaultWait` is the reason of, also after a restart, from the journal. Null
 * for every other wait: one in line, one for a budget, one for a child.
 */
export function readWaitFault(wait: Wait): SessionFault | null {
  if (wait.on !== "cool-down") return null;
  const [, code = ""] = /^([a-z-]+)(?: \(HTTP \d+\))?: /.exec(wait.detail) ?? [];
  return isRetriedCode(code) ? { code, detail: wait.detail } : null;
}
