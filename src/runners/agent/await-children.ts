import type { SessionId } from "../../core/id.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { toResultMessageId } from "../../core/message.ts";
import { isEndStatus } from "../../core/session.ts";
import type { ChildSummary } from "../../core/tool-context.ts";
import type { OpenCall } from "../../core/transcript.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { toChildrenText } from "./mail-text.ts";

/** Answers the calls whose sessions have all ended; parks the session while there are others. */
export async function* awaitChildren(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const children = new Map((await run.context.readChildren()).map((child) => [child.sessionId, child]));
  const waits = calls.map((open) => ({ open, children: toSummaries(open, children) }));
  const done = waits.filter((wait) => wait.children.every((child) => isEndStatus(child.status)));
  const events = done.flatMap((wait) => toAnswer(wait.open, wait.children));
  const waitingFor = waits
    .flatMap((wait) => wait.children)
    .filter((child) => !isEndStatus(child.status))
    .map((child) => child.sessionId);
  if (waitingFor.length === 0) yield run.take(...events);
  else yield run.take(...events, { type: "wait-start", wait: { on: "child", sessionIds: waitingFor } });
}

function toSummaries(open: OpenCall, children: ReadonlyMap<SessionId, ChildSummary>): ChildSummary[] {
  return (open.children ?? []).flatMap((id) => children.get(id) ?? []);
}

/** The call's result, and the children's mail with it: it says the same once more. */
function toAnswer({ call }: OpenCall, children: readonly ChildSummary[]): JournalEvent[] {
  const messageIds = children.map((child) => toResultMessageId(child.sessionId));
  const text = toChildrenText(children);
  return [
    { type: "tool-result", toolCallId: call.toolCallId, tool: call.toolName, text, isError: false },
    { type: "message-deliver", messageIds, text: "" },
  ];
}
