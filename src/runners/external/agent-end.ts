import type { SessionEnd, SessionResult } from "../../core/session.ts";
import type { RunContext } from "../runner.ts";
import type { AgentOutcome } from "./driver.ts";

const inlineLength = 32_768;

/** How a session ends whose agent went so; a text that is too long is kept beside it. */
export async function toSessionEnd(
  context: Pick<RunContext, "putArtifact">,
  outcome: AgentOutcome,
): Promise<SessionEnd> {
  if (outcome.kind === "completed") {
    const result = await toResult(context, outcome.text);
    const { structured } = outcome;
    const shape = structured === undefined ? {} : { structured };
    return { status: "completed", reason: "end-turn", result: { ...result, ...shape } };
  }
  const { reason, fault, text } = outcome;
  const result = text === "" ? null : { ...(await toResult(context, text)), truncated: true };
  return { status: "failed", reason, error: fault, result };
}

/** A text as a session's result. */
export async function toResult(
  context: Pick<RunContext, "putArtifact">,
  text: string,
): Promise<SessionResult> {
  if (text.length <= inlineLength) return { text, truncated: false, artifacts: [] };
  const artifact = await context.putArtifact("result.txt", text);
  return { text: text.slice(0, inlineLength), truncated: true, artifacts: [artifact] };
}
