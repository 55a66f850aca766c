import type { ToolCallPart } from "../../core/content.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { ToolContext, ToolOutcome } from "../../core/tool-context.ts";
import type { OpenCall } from "../../core/transcript.ts";
import { toMalformedInput } from "../../providers/tool-input.ts";
import { type OpenedCall, type ToolRun, openToolCall, recoverToolCall } from "../../tools/run-tool.ts";
import type { AgentRun, JournalSteps } from "./agent-run.ts";

/** A call that has been judged and may be carried out. */
interface ReadyCall {
  open: OpenCall;
  intent: JournalEvent | null;
  isPure: boolean;
  execute(): Promise<ToolOutcome>;
}

/** Carries out all open calls of a turn side by side; an effect's intent is on disk before it begins. */
export async function* runToolCalls(run: AgentRun, calls: readonly OpenCall[]): JournalSteps {
  const ready = await Promise.all(calls.map((open) => openCall(run, open)));
  const intents = ready.flatMap(({ intent }) => intent ?? []);
  if (intents.length > 0) yield run.take(...intents);
  for (const event of intents) if (event.type === "tool-intent") run.ownIntents.add(event.toolCallId);
  for await (const { call, outcome } of settleAll(ready)) {
    const event = toEvent(call.open.call, outcome);
    if (call.isPure) run.hold(event);
    else yield run.take(event);
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

async function openCall(run: AgentRun, open: OpenCall): Promise<ReadyCall> {
  const { call, intent } = open;
  const malformed = toMalformedInput(call);
  const toolRun = toToolRun(run, call);
  const note = (): void => run.context.showLive({ type: "activity", text: toActivity(call) });
  if (malformed !== null) return toRefused(open, toMalformedText(call, malformed));
  if (intent !== null && !run.ownIntents.has(call.toolCallId)) {
    return { open, intent: null, isPure: false, execute: () => recoverToolCall(toolRun, intent.prepared) };
  }
  const opened = await openToolCall(toolRun);
  if (opened.kind === "refused") return toRefused(open, opened.outcome);
  note();
  return { open, intent: toIntent(call, opened), isPure: !opened.needsIntent, execute: () => opened.run() };
}

function toIntent(call: ToolCallPart, opened: Extract<OpenedCall, { kind: "ready" }>): JournalEvent | null {
  if (!opened.needsIntent) return null;
  const { toolCallId, toolName: tool } = call;
  return { type: "tool-intent", toolCallId, tool, prepared: opened.prepared };
}

function toRefused(open: OpenCall, outcome: ToolOutcome): ReadyCall {
  return { open, intent: null, isPure: true, execute: () => Promise.resolve(outcome) };
}

function toMalformedText(call: ToolCallPart, written: string): ToolOutcome {
  const text = `The input of ${call.toolName} is not a JSON object: ${written.slice(0, 500)}. Call it again with one.`;
  return { kind: "result", text, isError: true };
}

function toEvent({ toolCallId, toolName: tool }: ToolCallPart, outcome: ToolOutcome): JournalEvent {
  if (outcome.kind === "pending") return { type: "tool-pending", toolCallId, sessionIds: outcome.sessionIds };
  return { type: "tool-result", toolCallId, tool, text: outcome.text, isError: outcome.isError };
}

/** What a table shows of a call: "grep export function". */
function toActivity(call: ToolCallPart): string {
  const { input } = call;
  const values = typeof input === "object" && input !== null ? Object.values(input) : [];
  const first = values.find((value) => typeof value === "string") ?? "";
  return `${call.toolName} ${first}`.trim().slice(0, 120);
}

function toToolRun({ parts, context }: AgentRun, call: ToolCallPart): ToolRun {
  const { session } = context;
  const toolContext: ToolContext = {
    sessionId: session.id,
    toolCallId: call.toolCallId,
    cwd: session.cwd,
    path: session.path ?? context.path,
    grants: session.grants,
    tools: session.tools,
    toolsNamed: session.toolsNamed,
    protectedPaths: context.protectedPaths,
    signal: context.signal,
    sessions: context.sessions,
    putArtifact: (name, text) => context.putArtifact(name, text),
    report: (text) => context.showLive({ type: "activity", text }),
  };
  return { registry: parts.tools, call, context: toolContext };
}
