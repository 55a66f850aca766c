import { planCompaction } from "../../core/compaction.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { callModel } from "./call-model.ts";
import { compactContext } from "./compact-context.ts";

/** The next turn; or first a shorter history, where the next call would not fit. */
export async function* takeTurn(run: AgentRun, turn: number): JournalSteps {
  const { provider, model, maxOutputTokens } = run.context.session;
  const windowTokens = await run.parts.contextWindow(provider, model);
  const compaction = planCompaction(run.transcript, { windowTokens, maxOutputTokens });
  if (compaction === null) yield* callModel(run, turn);
  else yield* compactContext(run, compaction, turn);
}
