import type { ErrorCode } from "../../core/errors.ts";
import { ProfclawError } from "../../core/errors.ts";
import { StaleEpochError } from "../store.ts";
import type { BackupOutcome } from "./backups.ts";
import { DamagedStoreError } from "./damage.ts";
import type { Recovery } from "./recovery-record.ts";
import type { CallOutcome, GroupOutcome } from "./run-group.ts";

/** Errors as a port can carry them: a structured clone keeps no class and no own property. */
export type WireError =
  | {
      kind: "refusal";
      code: ErrorCode;
      detail: string;
      pointer: string | undefined;
      hint: string | undefined;
    }
  | { kind: "stale"; message: string }
  | { kind: "damaged"; message: string }
  | { kind: "bug"; error: Error };

type WireOutcome = { kind: "answer"; value: unknown } | { kind: "error"; error: WireError };

/** What the worker says first: open, or why not. */
export type OpeningMessage =
  | { kind: "open"; epoch: number; healed: Recovery | null }
  | { kind: "refused"; error: WireError };

/** What it says after each group. */
export interface GroupMessage {
  kind: "group";
  outcomes: WireOutcome[];
  commits: number;
}

/** What it says unasked, once: this connection is over. */
export interface LossMessage {
  kind: "loss";
  error: WireError;
}

/** What a worker says that was started for one backup. */
export type BackupMessage = { kind: "done"; outcome: BackupOutcome } | { kind: "failed"; error: WireError };

export function toWireError(error: unknown): WireError {
  if (error instanceof ProfclawError) {
    return {
      kind: "refusal",
      code: error.code,
      detail: error.message,
      pointer: error.pointer,
      hint: error.hint,
    };
  }
  if (error instanceof StaleEpochError) return { kind: "stale", message: error.message };
  if (error instanceof DamagedStoreError) return { kind: "damaged", message: error.message };
  return { kind: "bug", error: error instanceof Error ? error : new Error(String(error)) };
}

export function fromWireError(wire: WireError): Error {
  switch (wire.kind) {
    case "refusal":
      return new ProfclawError(wire.code, wire.detail, {
        ...(wire.pointer === undefined ? {} : { pointer: wire.pointer }),
        ...(wire.hint === undefined ? {} : { hint: wire.hint }),
      });
    case "stale":
      return new StaleEpochError(wire.message);
    case "damaged":
      return new DamagedStoreError(wire.message);
    case "bug":
      return wire.error;
  }
}

export function toGroupMessage(group: GroupOutcome): GroupMessage {
  return { kind: "group", commits: group.commits, outcomes: group.outcomes.map(toWireOutcome) };
}

function toWireOutcome(outcome: CallOutcome): WireOutcome {
  return outcome.kind === "answer" ? outcome : { kind: "error", error: toWireError(outcome.error) };
}

export function fromGroupMessage(message: GroupMessage): GroupOutcome {
  return {
    commits: message.commits,
    outcomes: message.outcomes.map((outcome) =>
      outcome.kind === "answer" ? outcome : { kind: "error", error: fromWireError(outcome.error) },
    ),
  };
}
