import type { FinishReason } from "./journal.ts";
import type { OpenCall } from "./open-call.ts";
import type { Transcript } from "./transcript.ts";

/** What a session does next. Only the journal decides; nothing else is remembered. */
export type NextStep =
  | { kind: "call-model"; turn: number }
  | { kind: "run-tools"; calls: OpenCall[] }
  /** Calls are left that wait for leave. */
  | { kind: "await-approval"; calls: OpenCall[] }
  /** Only calls that wait for sessions are left. */
  | { kind: "await-children"; calls: OpenCall[] }
  /** The model said its last word. */
  | { kind: "conclude" }
  | { kind: "give-up"; reason: "max-turns" | "length" | "content-filter" | "provider-error"; detail: string };

/** The next step of a run that stands at `transcript` and may take `maxTurns` turns. */
export function decideNextStep(transcript: Transcript, maxTurns: number): NextStep {
  const cut = transcript.hasNews ? undefined : explainCut(transcript.lastTurn?.finish);
  if (cut !== undefined) return cut;
  const asking = transcript.openCalls.filter(isAsking);
  const ready = transcript.openCalls.filter((open) => open.children === null && !isAsking(open));
  if (ready.length > 0) return { kind: "run-tools", calls: ready };
  if (asking.length > 0) return { kind: "await-approval", calls: asking };
  if (transcript.openCalls.length > 0) return { kind: "await-children", calls: transcript.openCalls };
  if (!transcript.hasNews) return { kind: "conclude" };
  if (transcript.turns - transcript.turnsBefore < maxTurns)
    return { kind: "call-model", turn: transcript.turns + 1 };
  return { kind: "give-up", reason: "max-turns", detail: `It took all of its ${maxTurns} turns.` };
}

function isAsking({ approval }: OpenCall): boolean {
  return approval !== null && approval.answer === null;
}

function explainCut(finish: FinishReason | undefined): NextStep | undefined {
  switch (finish) {
    case "length":
      return { kind: "give-up", reason: "length", detail: "The model's answer was cut at its length limit." };
    case "content-filter":
      return {
        kind: "give-up",
        reason: "content-filter",
        detail: "The provider's content filter stopped it.",
      };
    case "error":
      return {
        kind: "give-up",
        reason: "provider-error",
        detail: "The provider ended the answer with an error.",
      };
    case "stop":
    case "tool-calls":
    case "other":
    case undefined:
      return undefined;
  }
}
