import type { AskedAgentCall } from "../../core/agent-call.ts";
import { type AskSummary, toAskSummary } from "../../core/approval.ts";
import type { JournalEntry, JournalEvent } from "../../core/journal.ts";
import { type AgentVerdict, judgeAgentCall } from "../../tools/agent-call.ts";
import { toNo, toRefusalText, toUnaskedText } from "../../tools/refusal.ts";
import type { RunContext } from "../runner.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";
import type { AgentNews, AskVerdict, OutputReader } from "./driver.ts";

/** The asks of a run: judged by the policy, and where that leaves them open, put to a person. */
export interface AgentAsks {
  /** Answers at once what it can; yields what is to be asked or is not asked any more. */
  take(news: readonly AgentNews[]): Promise<JournalEvent[]>;
  /** Hands over what was answered since; yields what has to be asked anew. */
  settle(): Promise<JournalEvent[]>;
  /** What somebody still has to answer. */
  open(): AskSummary[];
}

type AskEvent = Extract<JournalEvent, { type: "approval-ask" }>;

interface Ask {
  call: AskedAgentCall;
  event: AskEvent;
}

interface Desk {
  opened: AgentProgram & { reader: OutputReader };
  context: RunContext;
  parts: Pick<ExternalParts, "approvalMs" | "clock">;
  /** By the agent's own id. What is answered leaves it. */
  open: Map<string, Ask>;
  /** Asks that this journal has of this run, the last of each id. */
  asked: Map<string, AskEvent>;
  withdrawn: Set<number>;
  lastNumber: number;
}

// A person would not read them all, and a program that only asks must not fill the disk.
const mostOpen = 100;
const longestText = 32 * 1024;

/** `journal` of `opened`: with the asks and answers of this run that an earlier daemon has written. */
export function openAsks(opened: Desk["opened"], context: RunContext, parts: Desk["parts"]): AgentAsks {
  const desk: Desk = { opened, context, parts, open: new Map(), ...readAsks(opened.journal) };
  return {
    async take(news) {
      const events: JournalEvent[] = [];
      for (const one of news) {
        if (one.kind === "ask") events.push(...(await takeAsk(desk, { ...one.call, askId: one.id })));
        else if (one.kind === "ask-withdraw") events.push(...withdraw(desk, one.id));
      }
      return events;
    },
    async settle() {
      const events: JournalEvent[] = [];
      for (const ask of Array.from(desk.open.values())) events.push(...(await settleAsk(desk, ask)));
      return events;
    },
    open: () => [...desk.open.values()].map(({ event }) => toAskSummary(event)),
  };
}

function readAsks(journal: readonly JournalEntry[]): Pick<Desk, "asked" | "withdrawn" | "lastNumber"> {
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  const asked = new Map<string, AskEvent>();
  const withdrawn = new Set<number>();
  let lastNumber = 0;
  journal.forEach(({ event }, at) => {
    if (event.type === "approval-withdraw") withdrawn.add(event.number);
    if (event.type !== "approval-ask") return;
    lastNumber = Math.max(lastNumber, event.number);
    if (at > launched && event.agentCall !== undefined) asked.set(event.agentCall.askId, event);
  });
  return { asked, withdrawn, lastNumber };
}

function toOrderId(askId: string): string {
  return `answer ${askId}`;
}

async function takeAsk(desk: Desk, call: AskedAgentCall): Promise<JournalEvent[]> {
  const { program } = desk.opened;
  if (desk.open.has(call.askId) || program.hasWritten(toOrderId(call.askId))) return [];
  const event = desk.asked.get(call.askId);
  if (event === undefined) return judgeAsk(desk, call);
  if (desk.withdrawn.has(event.number)) return [];
  // The same, read again: it is answered where all answers are.
  desk.open.set(call.askId, { call, event });
  return [];
}

async function judgeAsk(desk: Desk, call: AskedAgentCall): Promise<JournalEvent[]> {
  const verdict = await judgeCall(desk, call);
  if (verdict.kind === "allow") return say(desk, call, { kind: "allow" });
  if (verdict.kind === "deny") return refuse(desk, call, toRefusalText(verdict.reason));
  if (desk.parts.approvalMs === 0) return refuse(desk, call, toUnaskedText(verdict.asking.reason));
  if (desk.open.size >= mostOpen) {
    const reason = `${verdict.asking.reason}, and ${mostOpen} calls wait for an answer already`;
    return refuse(desk, call, toRefusalText(reason));
  }
  return [putToPerson(desk, call, verdict.asking)];
}

async function judgeCall({ context }: Desk, call: AskedAgentCall): Promise<AgentVerdict> {
  const { session, protectedPaths } = context;
  const { cwd, grants, tools, toolsNamed } = session;
  const rules = await context.readRules();
  return judgeAgentCall(call, { context: { cwd, grants, tools, toolsNamed, protectedPaths }, rules });
}

type Asking = Extract<AgentVerdict, { kind: "ask" }>["asking"];

function putToPerson(desk: Desk, call: AskedAgentCall, asking: Asking): AskEvent {
  const waitMs = desk.parts.approvalMs;
  desk.lastNumber += 1;
  const event: AskEvent = {
    type: "approval-ask",
    number: desk.lastNumber,
    toolCallId: call.toolCallId,
    ...asking,
    text: asking.text.slice(0, longestText),
    sizeBytes: Buffer.byteLength(asking.text),
    untilMs: desk.parts.clock.now() + waitMs,
    waitMs,
    agentCall: call,
  };
  desk.open.set(call.askId, { call, event });
  return event;
}

async function settleAsk(desk: Desk, { call, event }: Ask): Promise<JournalEvent[]> {
  const answer = await desk.context.readAnswer(event.number);
  if (answer === null) return [];
  desk.open.delete(call.askId);
  if (answer.verdict === "deny")
    return refuse(desk, call, toRefusalText(`${event.reason}, and ${toNo(answer)}`));
  return allow(desk, { call, event });
}

/** A yes is for exactly what was asked: the path may lead elsewhere by now, and the rules may be stricter. */
async function allow(desk: Desk, { call, event }: Ask): Promise<JournalEvent[]> {
  const verdict = await judgeCall(desk, call);
  if (verdict.kind === "deny") return refuse(desk, call, toRefusalText(verdict.reason));
  if (verdict.kind === "allow" || verdict.asking.sha256 === event.sha256)
    return say(desk, call, { kind: "allow" });
  const reason = `${verdict.asking.reason}; what was allowed has changed since, so this asks again`;
  return [putToPerson(desk, call, { ...verdict.asking, reason })];
}

function refuse(desk: Desk, call: AskedAgentCall, reason: string): JournalEvent[] {
  return say(desk, call, { kind: "deny", reason });
}

function say({ opened }: Desk, { askId }: AskedAgentCall, verdict: AskVerdict): JournalEvent[] {
  const text = opened.reader.answer?.(askId, verdict);
  if (text !== undefined) opened.program.write(toOrderId(askId), text);
  return [];
}

function withdraw(desk: Desk, askId: string): JournalEvent[] {
  const found = desk.open.get(askId);
  if (found === undefined) return [];
  desk.open.delete(askId);
  return [{ type: "approval-withdraw", number: found.event.number }];
}
