import { toCutOffCall } from "../../core/cut-off-call.ts";
import { type NextStep, decideNextStep } from "../../core/next-step.ts";
import type { RunContext, Runner } from "../runner.ts";
import { type AgentParts, type AgentRun, type JournalSteps, openRun } from "./agent-run.ts";
import { awaitApproval } from "./await-approval.ts";
import { awaitChildren } from "./await-children.ts";
import { conclude, toFailedEnd } from "./conclude.ts";
import { offerTools } from "./offer-tools.ts";
import { runToolCalls } from "./run-tool-calls.ts";
import { takeTurn } from "./take-turn.ts";

/** The in-process agent: a model, its tools, and a journal that says what comes next. */
export function createAgentRunner(parts: AgentParts): Runner {
  return { agent: "builtin", run: (context) => runAgent(parts, context) };
}

async function* runAgent(parts: AgentParts, context: RunContext): JournalSteps {
  try {
    yield* runSteps(openRun(parts, context));
  } finally {
    parts.mcp?.rest(context.session.id);
  }
}

async function* runSteps(run: AgentRun): JournalSteps {
  const { context } = run;
  yield* noteInterruptedCall(run);
  while (!context.signal.aborted && !context.isDraining()) {
    const step = decideNextStep(run.transcript, context.session.maxTurns);
    if (step.kind === "call-model" || step.kind === "run-tools") await offerTools(run);
    for await (const events of takeStep(run, step)) {
      yield events;
      const last = events.at(-1)?.type;
      if (last === "session-end" || last === "wait-start") return;
    }
  }
  const rest = run.take();
  if (rest.length > 0) yield rest;
}

function takeStep(run: AgentRun, step: NextStep): JournalSteps {
  switch (step.kind) {
    case "call-model":
      return takeTurn(run, step.turn);
    case "run-tools":
      return runToolCalls(run, step.calls);
    case "await-approval":
      return awaitApproval(run, step.calls);
    case "await-children":
      return awaitChildren(run, step.calls);
    case "conclude":
      return conclude(run);
    case "give-up":
      return giveUp(run, step);
  }
}

/** A call that went out before a crash is asked again; the first may be on the bill. */
async function* noteInterruptedCall(run: AgentRun): JournalSteps {
  const call = run.transcript.callInFlight;
  if (call === null) return;
  const detail = "The daemon ended while the model answered; asked again.";
  yield run.take(toCutOffCall(call, detail, run.parts.clock.now()));
}

async function* giveUp(run: AgentRun, step: Extract<NextStep, { kind: "give-up" }>): JournalSteps {
  yield run.take(await toFailedEnd(run, step.reason, { code: step.reason, detail: step.detail }));
}
