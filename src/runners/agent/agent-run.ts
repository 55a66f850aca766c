import type { CallGate } from "../../core/call-gate.ts";
import type { Clock } from "../../core/clock.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { type Transcript, applyEvent, foldTranscript } from "../../core/transcript.ts";
import type { ProviderCatalog } from "../../providers/catalog.ts";
import type { McpHub } from "../../tools/mcp/mcp-hub.ts";
import type { ToolRegistry } from "../../tools/registry.ts";
import { readTodoHead } from "../../tools/todo.ts";
import type { RunContext } from "../runner.ts";

/** What an agent runner stands on. */
export interface AgentParts {
  catalog: Pick<ProviderCatalog, "openModel">;
  tools: ToolRegistry;
  /** Left out: no session has MCP servers. */
  mcp?: Pick<McpHub, "open" | "rest">;
  /** Asked in this order before each model call. */
  gates: readonly CallGate[];
  clock: Clock;
  /** 0 ≤ n < 1; spreads retries. */
  random(): number;
  /** How many tokens a model takes, in and out together. */
  contextWindow(provider: string, model: string): Promise<number>;
  /** How long a call is tried again after a 5xx, a refused connection or a cut answer, ms. */
  faultPatienceMs: number;
  /** How long a call waits for leave, ms; 0: the answer is no at once. */
  approvalMs: number;
}

/** One run of a session: the transcript, and the events on their way to the journal. */
export interface AgentRun {
  readonly parts: AgentParts;
  readonly context: RunContext;
  readonly transcript: Transcript;
  /** What its model is offered now. */
  offer: ToolOffer;
  /** Calls whose intent this very run wrote: what they do has not been cut off by anything. */
  readonly ownIntents: Set<string>;
  /** Takes events into the transcript; the answer is what to yield, held-back ones first. */
  take(...events: JournalEvent[]): readonly JournalEvent[];
  /** Takes an event that may reach the disk together with the next ones: a pure tool's result. */
  hold(event: JournalEvent): void;
}

/** The session's own tools, and those of its MCP servers as far as they are there. */
export interface ToolOffer {
  registry: ToolRegistry;
  names: readonly string[];
  /** For the model: which server is not there. */
  notes: readonly string[];
}

/** The events that a step yields for the journal. */
export type JournalSteps = AsyncGenerator<readonly JournalEvent[], void, void>;

export function openRun(parts: AgentParts, context: RunContext): AgentRun {
  const transcript = foldTranscript(context.session.task, context.journal);
  const held: JournalEvent[] = [];
  let todo = context.journal.reduce<string | null>((head, { event }) => readTodoHead(event, head), null);
  const apply = (event: JournalEvent): void => {
    todo = readTodoHead(event, todo);
    applyEvent(transcript, event, parts.clock.now());
  };
  const showLive: RunContext["showLive"] = (event) =>
    context.showLive(event.type === "activity" ? { ...event, text: withTodo(todo, event.text) } : event);
  return {
    parts,
    context: { ...context, showLive },
    transcript,
    offer: { registry: parts.tools, names: context.session.tools, notes: [] },
    ownIntents: new Set(),
    take(...events) {
      events.forEach(apply);
      return [...held.splice(0), ...events];
    },
    hold(event) {
      apply(event);
      held.push(event);
    },
  };
}

/** What a table shows of a session that keeps a list: "3/7 done: write the tests · npm test". */
function withTodo(todo: string | null, activity: string): string {
  return todo === null ? activity : `${todo} · ${activity}`;
}
