import type { MicroUsd } from "./money.ts";
import type { SessionFault, SessionRecord, Wait } from "./session.ts";
import type { Usage } from "./usage.ts";

/** A model call before it is made: all that a gate needs to judge it. */
export interface PlannedCall {
  session: SessionRecord;
  turn: number;
  provider: string;
  model: string;
  /** Never less than what the provider will count: for reserving the worst case. Costs a walk over the prompt. */
  inputTokensAtMost(): number;
  outputTokensAtMost: number;
}

/** What became of a call, for the gates it passed. */
export type CallReport =
  | { kind: "answered"; usage: Usage; costMicroUsd: MicroUsd | null }
  | {
      kind: "failed";
      code: string;
      status: number | null;
      /** What the provider asked for, ms; null if it did not. */
      retryAfterMs: number | null;
      possiblyBilled: boolean;
    };

/** A passed gate. `leave` is called exactly once, whatever became of the call. */
export interface CallPass {
  /** The worst case this gate has set aside for the call; 0 where it sets nothing aside. */
  reservedMicroUsd: MicroUsd;
  /** The same in tokens, input and output together. */
  reservedTokens?: number;
  leave(report: CallReport): void;
}

/** `park`: not now; the session gives its slot back. `refuse`: not at all; the session fails with that reason. */
export type Admission =
  | { kind: "pass"; pass: CallPass }
  | { kind: "park"; wait: Wait }
  | { kind: "refuse"; reason: "budget" | "breaker"; fault: SessionFault };

/** Stands before every model call: the rate governor, the budgets. Must answer quickly and not throw. */
export interface CallGate {
  enter(call: PlannedCall): Promise<Admission>;
}
