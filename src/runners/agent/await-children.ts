import type { SessionId } from "../../core/id.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { isUrgent, toResultMessageId } from "../../core/message.ts";
import { isEndStatus } from "../../core/session.ts";
import type { ChildSummary } from "../../core/tool-context.ts";
import type { OpenCall } from "../../core/transcript.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toChildrenText } from "./mail-text.ts";

/**
 * Answers the calls whose sessions have all ended; parks the session while there are others, unless its
 * user has written meanwhile: then it goes on, and those that live tell their results by mail.
 */
export async function* awaitChildren(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const children = new Map((await run.context.readChildren()).map((child) => [child.sessionId, child]));
  const waits = calls.map((open) => ({ open, children: toSummaries(open, children) }));
  const mail = await run.context.readMail("between-turns");
  const done = mail.some(isUrgent) ? waits : waits.filter((wait) => wait.children.every(hasEnded));
  const events = done.flatMap((wait) => toAnswer(wait.open, wait.children));
  const waitingFor = waits
    .filter((wait) => !done.includes(wait))
    .flatMap((wait) => wait.children)
    .filter((child) => !hasEnded(child))
    .map((child) => child.sessionId);
  if (waitingFor.length === 0) yield run.take(...events);
  else yield run.take(...events, { type: "wait-start", wait: { on: "child", sessionIds: waitingFor } });
}

function hasEnded({ status }: ChildSummary): boolean {
  return isEndStatus(status);
}

function toSummaries(open: OpenCall, children: ReadonlyMap<SessionId, ChildSummary>): ChildSummary[] {
  return (open.children ?? []).flatMap((id) => children.get(id) ?? []);
}

/** The call's result, and the children's mail with it: it says the same once more. */
function toAnswer({ call }: OpenCall, children: readonly ChildSummary[]): JournalEvent[] {
  const ended = children.filter(hasEnded);
  const messageIds = ended.map((child) => toResultMessageId(child.sessionId, child.resumes));
  const living = children.length - ended.length;
  const note = `${living} of ${children.length} sessions still run; your user has written to you, so this does not wait for them. Their results will come as messages.`;
  const texts = [...(living > 0 ? [note] : []), ...(ended.length > 0 ? [toChildrenText(ended)] : [])];
  const text = texts.join("\n\n");
  return [
    { type: "tool-result", toolCallId: call.toolCallId, tool: call.toolName, text, isError: false },
    { type: "message-deliver", messageIds, text: "" },
  ];
}
