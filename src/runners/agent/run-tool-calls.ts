import type { ToolCallPart } from "../../core/content.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { hideSessionTokens } from "../../core/session-token.ts";
import type { ToolContext, ToolOutcome } from "../../core/tool-context.ts";
import type { OpenCall } from "../../core/open-call.ts";
import { toMalformedInput } from "../../providers/tool-input.ts";
import type { PolicyRules } from "../../tools/decide-call.ts";
import { type OpenedCall, type ToolRun, openToolCall, recoverToolCall } from "../../tools/run-tool.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";
import { type AskingCall, toAskEvents, toUnasked } from "./ask-events.ts";

/** A call that has been judged: it asks for leave, or may be carried out. */
type JudgedCall = AskingCall | ReadyCall;

interface ReadyCall {
  kind: "ready";
  open: OpenCall;
  intent: JournalEvent | null;
  isPure: boolean;
  execute(): Promise<ToolOutcome>;
}

/**
 * Carries out all open calls of a turn side by side; an effect's intent is on disk before it begins.
 * Those that need leave ask for it, and are left open: the others do not wait for them.
 */
export async function* runToolCalls(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const rules = await readRules(run);
  const judged = await Promise.all(calls.map((open) => openCall(run, open, rules)));
  const asking = judged.filter((call) => call.kind === "asks");
  const refused =
    run.parts.approvalMs === 0 ? asking.map((call) => toRefused(call.open, toUnasked(call))) : [];
  const ready = [...judged.filter((call) => call.kind === "ready"), ...refused];
  const asks = run.parts.approvalMs === 0 ? [] : toAskEvents(run, asking);
  const intents = ready.flatMap(({ intent }) => intent ?? []);
  if (intents.length + asks.length > 0) yield run.take(...intents, ...asks);
  for (const event of intents) if (event.type === "tool-intent") run.ownIntents.add(event.toolCallId);
  for await (const { call, outcome } of settleAll(ready)) {
    run.context.trace.endTool(call.open.call.toolCallId);
    const events = toEvents(call.open.call, outcome);
    if (call.isPure) for (const event of events) run.hold(event);
    else yield run.take(...events);
  }
}

interface SettledCall {
  call: ReadyCall;
  outcome: ToolOutcome;
}

/** Outcomes as they come. An aborted call has none: the run is over then. */
async function* settleAll(ready: readonly ReadyCall[]): AsyncGenerator<SettledCall, void, void> {
  const running = new Map(
    ready.map((call) => [
      call,
      call.execute().then(
        (outcome) => ({ call, outcome }),
        () => ({ call, outcome: null }),
      ),
    ]),
  );
  while (running.size > 0) {
    const { call, outcome } = await Promise.race(running.values());
    running.delete(call);
    if (outcome !== null) yield { call, outcome };
  }
}

/** Rules that are not understood might forbid anything: then their fault is the answer. */
async function readRules(run: AgentRun): Promise<PolicyRules | ProfclawError> {
  try {
    return await run.context.readRules();
  } catch (error) {
    if (error instanceof ProfclawError) return error;
    throw error;
  }
}

async function openCall(
  run: AgentRun,
  open: OpenCall,
  rules: PolicyRules | ProfclawError,
): Promise<JudgedCall> {
  if (rules instanceof ProfclawError) return toRefused(open, toUnruled(rules, open.intent !== null));
  const { call, intent } = open;
  const malformed = toMalformedInput(call);
  const toolRun = toToolRun(run, open, rules);
  const note = (): void => run.context.showLive({ type: "activity", text: toActivity(call) });
  if (malformed !== null) return toRefused(open, toMalformedText(call, malformed));
  if (intent !== null && !run.ownIntents.has(call.toolCallId)) {
    const execute = (): Promise<ToolOutcome> => recoverToolCall(toolRun, intent.prepared);
    return { kind: "ready", open, intent: null, isPure: false, execute };
  }
  const opened = await openToolCall(toolRun);
  if (opened.kind === "refused") return toRefused(open, opened.outcome);
  if (opened.kind === "asks") return { kind: "asks", open, asking: opened.asking };
  note();
  const ready = { intent: toIntent(call, opened), isPure: !opened.needsIntent, execute: () => opened.run() };
  return { kind: "ready", open, ...ready };
}

function toIntent(call: ToolCallPart, opened: Extract<OpenedCall, { kind: "ready" }>): JournalEvent | null {
  if (!opened.needsIntent) return null;
  const { toolCallId, toolName: tool } = call;
  return { type: "tool-intent", toolCallId, tool, prepared: opened.prepared };
}

function toRefused(open: OpenCall, outcome: ToolOutcome): ReadyCall {
  return { kind: "ready", open, intent: null, isPure: true, execute: () => Promise.resolve(outcome) };
}

function toUnruled(fault: ProfclawError, hasBegun: boolean): ToolOutcome {
  const done = hasBegun ? "It had begun before a crash, and may have happened" : "Nothing was done";
  const text = `Not allowed: the rules that a person wrote can not be read (${fault.message}). ${done}.`;
  return { kind: "result", text, isError: true };
}

function toMalformedText(call: ToolCallPart, written: string): ToolOutcome {
  const text = `The input of ${call.toolName} is not a JSON object: ${written.slice(0, 500)}. Call it again with one.`;
  return { kind: "result", text, isError: true };
}

function toEvents({ toolCallId, toolName: tool }: ToolCallPart, outcome: ToolOutcome): JournalEvent[] {
  if (outcome.kind === "pending") {
    return [{ type: "tool-pending", toolCallId, sessionIds: outcome.sessionIds }];
  }
  if (outcome.kind === "waiting") {
    return [{ type: "tool-pending", toolCallId, sessionIds: [], wait: outcome.wait }];
  }
  const { text, isError, readIds: messageIds = [] } = outcome;
  const result: JournalEvent = {
    type: "tool-result",
    toolCallId,
    tool,
    text: hideSessionTokens(text),
    isError,
  };
  return messageIds.length === 0 ? [result] : [result, { type: "message-deliver", messageIds, text: "" }];
}

/** What a table shows of a call: "grep export function". */
function toActivity(call: ToolCallPart): string {
  const { input } = call;
  const values = typeof input === "object" && input !== null ? Object.values(input) : [];
  const first = values.find((value) => typeof value === "string") ?? "";
  return `${call.toolName} ${first}`.trim().slice(0, 120);
}

function toToolRun({ offer, context }: AgentRun, { call, approval }: OpenCall, rules: PolicyRules): ToolRun {
  const { session } = context;
  const toolContext: ToolContext = {
    sessionId: session.id,
    identify: () => context.identify(),
    toolCallId: call.toolCallId,
    cwd: session.cwd,
    path: session.path ?? context.path,
    grants: session.grants,
    tools: offer.names,
    toolsNamed: session.toolsNamed,
    protectedPaths: context.protectedPaths,
    signal: context.signal,
    traceParent: context.trace.beginTool(call.toolCallId),
    sessions: context.sessions,
    putArtifact: (name, text) => context.putArtifact(name, hideSessionTokens(text)),
    report: (text) => context.showLive({ type: "activity", text }),
  };
  const answered =
    approval === null || approval.answer === null ? null : { ask: approval.ask, answer: approval.answer };
  return { registry: offer.registry, call, context: toolContext, rules, answered };
}
