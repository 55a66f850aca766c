import type { BatchView, SessionView } from "../../contract/shapes.ts";
import { toCostText } from "../money-text.ts";
import { toCountText } from "../outcome.ts";
import type { Crash } from "./crash-midway.ts";
import type { PaidOnce } from "./paid-once.ts";

/** What the demo is, and what in it is not real. */
export function renderIntro(workspace: string, here: boolean): string {
  const place = here ? `${workspace} (read only)` : `${workspace} (a copy of the sample project)`;
  return [
    "profclaw demo: three sessions work in parallel on a simulated model. No key, no network, nothing is paid.",
    "All the rest is real: the daemon, the sessions, their tools, the journal and the ledger.",
    `They work in ${place}.`,
    "Once they are in the middle of it, the demo kills its own daemon.",
    "",
  ].join("\n");
}

export function renderCrash({ pid, inFlight, finishedTurns }: Crash): string {
  const lost = toCountText(inFlight, "answer");
  return `kill -9 ${pid}: the daemon is dead. ${toCountText(finishedTurns, "turn")} finished, ${lost} cut off on the way.`;
}

/** How it went on; a task that is over at once leaves no middle to kill in. */
export function renderReturn(crash: Crash | undefined, pid: number): string {
  if (crash === undefined) return "The sessions were over before there was a middle to kill the daemon in.";
  return `The supervisor brought it back as pid ${pid} (was ${crash.pid}); the sessions went on from their journals.`;
}

/** The end of the demo: what it would have cost, and that nothing was paid twice. */
export function renderProof(paid: PaidOnce, batch: BatchView): string {
  const verdict = paid.holds
    ? "Nothing was paid twice, and nothing is missing:"
    : "THE BOOKS DO NOT FIT. Please report this:";
  return [
    verdict,
    `  the simulated model gave ${paid.answers} whole answers, ${paid.tokensGiven} tokens;`,
    `  the ledger has ${toCountText(paid.booked, "call")} booked, ${paid.tokensBooked} tokens;`,
    `  ${toCountText(paid.answeredTwice, "finished turn")} asked again.`,
    `  ${toCountText(paid.cut, "answer")} cut off by the kill, asked again; the ledger marks ${paid.possiblyBilled} as possibly billed.`,
    `Cost, simulated: ${toCostText(batch.cost_usd)} (what so many tokens of this model cost; nothing was paid).`,
  ].join("\n");
}

export interface DemoFacts {
  batch: BatchView;
  sessions: readonly SessionView[];
  crash: Crash | undefined;
  paid: PaidOnce;
}

/** The same as JSON, on the wire's terms. */
export function toDemoJson({ batch, sessions, crash, paid }: DemoFacts): Record<string, unknown> {
  return {
    simulated: true,
    ...batch,
    sessions,
    crash:
      crash === undefined
        ? null
        : { killed_pid: crash.pid, finished_turns: crash.finishedTurns, in_flight: crash.inFlight },
    paid_once: {
      holds: paid.holds,
      answers: paid.answers,
      booked_calls: paid.booked,
      cut_answers: paid.cut,
      possibly_billed_calls: paid.possiblyBilled,
      answered_twice: paid.answeredTwice,
      tokens_given: paid.tokensGiven,
      tokens_booked: paid.tokensBooked,
    },
  };
}
