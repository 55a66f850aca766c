import { toPlainText } from "../../core/content.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { JsonValue } from "../../core/json.ts";
import { type EndReason, type SessionFault, type SessionResult, isEndStatus } from "../../core/session.ts";
import type { Transcript } from "../../core/transcript.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { readNews } from "./read-news.ts";
import { readStructuredAnswer, toRepairText } from "./structured-answer.ts";

/** Longest result text that is kept in the row; a longer one is an artifact, and the row has its start. */
const inlineLength = 32_768;

/**
 * The model said its last word. Mail that came meanwhile, and children that live, keep the session;
 * an answer of the wrong shape is sent back once.
 */
export async function* conclude(run: AgentRun): JournalSteps {
  const { context, transcript } = run;
  const news = await readNews(context, "stop");
  if (news.length > 0) {
    yield run.take(...news);
    return;
  }
  if (await hasLivingChildren(run)) {
    yield run.take({ type: "wait-start", wait: { on: "message" } });
    return;
  }
  const { schema } = context.session;
  if (schema === null) {
    yield run.take(toCompletedEnd(await toResult(run, findFinalText(transcript))));
    return;
  }
  const answer = readStructuredAnswer(findFinalText(transcript), schema);
  if (answer.kind === "fits") {
    yield run.take(toCompletedEnd(await toResult(run, findFinalText(transcript), answer.value)));
  } else if (transcript.repairs === 0) {
    yield run.take({ type: "repair-request", text: toRepairText(answer.fault) });
  } else {
    const fault = { code: "wrong-shape", detail: `The answer does not fit its schema. ${answer.fault}` };
    yield run.take(await toFailedEnd(run, "wrong-shape", fault));
  }
}

/** A failed end that keeps what was written, marked as partial. */
export async function toFailedEnd(
  run: AgentRun,
  reason: EndReason,
  { code, detail }: SessionFault,
): Promise<JournalEvent> {
  const text = run.transcript.partialText || findFinalText(run.transcript);
  const result = text === "" ? null : { ...(await toResult(run, text)), truncated: true };
  return { type: "session-end", end: { status: "failed", reason, error: { code, detail }, result } };
}

function toCompletedEnd(result: SessionResult): JournalEvent {
  return { type: "session-end", end: { status: "completed", reason: "end-turn", result } };
}

async function toResult(run: AgentRun, text: string, structured?: JsonValue): Promise<SessionResult> {
  const shape = structured === undefined ? {} : { structured };
  if (text.length <= inlineLength) return { text, ...shape, truncated: false, artifacts: [] };
  const artifact = await run.context.putArtifact("result.txt", text);
  return { text: text.slice(0, inlineLength), ...shape, truncated: true, artifacts: [artifact] };
}

/** The last turn's text; some models end with an empty one after they have said it all. */
function findFinalText(transcript: Transcript): string {
  for (const message of transcript.messages.toReversed()) {
    const text = message.role === "assistant" ? toPlainText(message.content) : "";
    if (text !== "") return text;
  }
  return "";
}

async function hasLivingChildren({ context }: AgentRun): Promise<boolean> {
  if (!context.session.tools.includes("sessions_spawn")) return false;
  const children = await context.readChildren();
  return children.some((child) => !isEndStatus(child.status));
}
