import type { SessionId } from "../../core/id.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { toChildrenText } from "../../core/mail-text.ts";
import { isUrgent, toResultMessageId } from "../../core/message.ts";
import { type Wait, isEndStatus } from "../../core/session.ts";
import type { ChildSummary } from "../../core/tool-context.ts";
import type { OpenCall } from "../../core/open-call.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { type Surroundings, settleWait } from "./settle-wait.ts";

/**
 * Answers the calls whose sessions have all ended, or that wait for what is there; parks the session while
 * there are others, unless mail has come that cannot wait: then it goes on, and the rest comes as mail.
 */
export async function* awaitChildren(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const children = new Map((await run.context.readChildren()).map((child) => [child.sessionId, child]));
  const around = { children, mail: await run.context.readMail("between-turns") };
  const answered = await Promise.all(calls.map(async (open) => answer(run, open, around)));
  const events = answered.flatMap((found) => found ?? []);
  const left = calls.filter((_, at) => answered[at] === null);
  if (left.length === 0) yield run.take(...events);
  else yield run.take(...events, { type: "wait-start", wait: toWait(left, children) });
}

/** Null: it goes on waiting. */
async function answer(run: AgentRun, open: OpenCall, around: Surroundings): Promise<JournalEvent[] | null> {
  if (open.wait === null) {
    const children = toSummaries(open, around.children);
    const isOver = around.mail.some(isUrgent) || children.every(hasEnded);
    return isOver ? toAnswer(open, children) : null;
  }
  const found = await settleWait(run, open.wait, around);
  return found === null ? null : toResult(open, found.text, found.readIds);
}

function toWait(left: readonly OpenCall[], children: ReadonlyMap<SessionId, ChildSummary>): Wait {
  const taskIds = [...new Set(left.flatMap(toTaskIds))];
  const livingIds = taskIds.filter((id) => {
    const child = children.get(id);
    return child !== undefined && !hasEnded(child);
  });
  const waits = left.flatMap(({ wait }) => wait ?? []);
  if (waits.length === 0) return { on: "child", sessionIds: livingIds };
  const untilMs = Math.min(...waits.map((wait) => wait.untilMs));
  const questionIds = waits.flatMap((wait) => (wait.for === "answer" ? [wait.qid] : []));
  const anyMail = waits.some((wait) => wait.for === "tasks");
  return { on: "message", call: { untilMs, livingIds, taskIds, questionIds, anyMail } };
}

function toTaskIds({ wait, children }: OpenCall): SessionId[] {
  return wait?.for === "tasks" ? wait.taskIds : (children ?? []);
}

function hasEnded({ status }: ChildSummary): boolean {
  return isEndStatus(status);
}

function toSummaries(open: OpenCall, children: ReadonlyMap<SessionId, ChildSummary>): ChildSummary[] {
  return (open.children ?? []).flatMap((id) => children.get(id) ?? []);
}

/** The call's result, and the children's mail with it: it says the same once more. */
function toAnswer(open: OpenCall, children: readonly ChildSummary[]): JournalEvent[] {
  const ended = children.filter(hasEnded);
  const messageIds = ended.map((child) => toResultMessageId(child.sessionId, child.resumes));
  const living = children.length - ended.length;
  const note = `${living} of ${children.length} sessions still run; there is mail that cannot wait (your user's, or a question), so this does not wait for them. Their results will come as messages.`;
  const texts = [...(living > 0 ? [note] : []), ...(ended.length > 0 ? [toChildrenText(ended)] : [])];
  return toResult(open, texts.join("\n\n"), messageIds);
}

function toResult({ call }: OpenCall, text: string, messageIds: string[]): JournalEvent[] {
  return [
    { type: "tool-result", toolCallId: call.toolCallId, tool: call.toolName, text, isError: false },
    { type: "message-deliver", messageIds, text: "" },
  ];
}
