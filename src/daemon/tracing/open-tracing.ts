import type { JournalEvent } from "../../core/journal.ts";
import type { SessionEnd, SessionRecord } from "../../core/session.ts";
import type { Recorded, TraceOf, Witness } from "../../engine/witness.ts";
import type { BatchSummary, Store } from "../../store/store.ts";
import { names, operations } from "./gen-ai-names.ts";
import {
  describeAnswer,
  describeBatch,
  describeChat,
  describeSession,
  describeTool,
} from "./span-attributes.ts";
import { toToolSpanId } from "./span-ids.ts";
import type { FinishedSpan, SpanSink } from "./span-sink.ts";
import {
  type TraceState,
  type TraceStates,
  createTraceStates,
  isResumed,
  keepBelow,
  toRandomSpanId,
} from "./trace-states.ts";

/** Makes spans of what sessions live through: batch, session, chat, tool. */
export interface Tracing {
  witness: Witness;
  traceOf: TraceOf;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** What tracing stands on. */
export interface TracingParts {
  sink: SpanSink;
  store: Pick<Store, "getSession" | "getBatch">;
  /** ms since the epoch. */
  now(): number;
  /** Takes secrets out of what becomes an attribute. */
  redact(this: void, text: string): string;
}

/**
 * Spans are made when they are over, of the journal's events: one that began in an earlier daemon is told
 * whole. Their ids follow from the session's, so that children of a span that is not over know its own.
 */
export function openTracing(parts: TracingParts): Tracing {
  const states = createTraceStates({
    isSampled: (traceId, caller) => parts.sink.isSampled(traceId, caller),
    now: () => parts.now(),
  });
  const tracer = new Tracer(parts, states);
  return {
    witness: { accepted: () => undefined, recorded: (step) => tracer.take(step) },
    traceOf: (session) => states.traceOf(session),
    close: () => tracer.close(),
  };
}

/** One commit, and whose it is. */
interface Moment {
  session: SessionRecord;
  state: TraceState;
  at: number;
}

const mostBatches = 1_000;

class Tracer {
  private readonly parts: TracingParts;
  private readonly states: TraceStates;
  private readonly toldBatches = new Set<string>();
  private readonly pending = new Set<Promise<void>>();

  constructor(parts: TracingParts, states: TraceStates) {
    this.parts = parts;
    this.states = states;
  }

  take({ session, events, at }: Recorded): void {
    const moment = { session, state: this.states.of(session), at };
    for (const event of events) this.takeEvent(moment, event);
  }

  async close(): Promise<void> {
    await Promise.all(this.pending);
    // A collector that is not there has been told of by then.
    await this.parts.sink.close().catch(() => undefined);
  }

  private takeEvent(moment: Moment, event: JournalEvent): void {
    if (event.type === "session-start") moment.state.startedAt ??= moment.at;
    else if (event.type === "turn-end") this.endCall(moment, event, describeAnswer(event, event.finish));
    else if (event.type === "turn-fail") {
      this.endCall(moment, { ...event, durationMs: 0 }, { [names.errorType]: event.error.code });
    } else if (event.type === "context-compact" && event.call !== null) {
      this.endCall(moment, { ...event.call, turn: event.turn }, describeAnswer(event.call, "stop"));
    } else if (event.type === "tool-result") this.endTool(moment, event);
    else if (event.type === "session-end") {
      this.states.drop(moment.session.id);
      const told = this.tellEnd(moment, event.end).finally(() => this.pending.delete(told));
      this.pending.add(told);
    }
  }

  private endCall(
    { session, state, at }: Moment,
    { turn, durationMs }: { turn: number; durationMs: number },
    came: FinishedSpan["attributes"],
  ): void {
    const call = state.call ?? { spanId: toRandomSpanId(), startedAt: at - durationMs };
    state.call = null;
    state.lastCallId = call.spanId;
    this.emit(state, state.sessionSpanId, {
      ...call,
      name: `${operations.chat} ${session.model}`,
      kind: "client",
      endedAt: at,
      attributes: { ...describeChat(session, turn), ...came },
    });
  }

  private endTool(
    { session, state, at }: Moment,
    { toolCallId, tool, isError }: Extract<JournalEvent, { type: "tool-result" }>,
  ): void {
    const times = state.tools.get(toolCallId);
    state.tools.delete(toolCallId);
    const error = isError ? { [names.errorType]: "tool-error" } : {};
    this.emit(state, state.lastCallId ?? state.sessionSpanId, {
      name: `${operations.tool} ${tool}`,
      kind: "internal",
      spanId: toToolSpanId(session.id, toolCallId),
      startedAt: times?.startedAt ?? at,
      endedAt: times?.endedAt ?? at,
      attributes: { ...describeTool(session, toolCallId, tool), ...error },
    });
  }

  /** The session's span, and its batch's where it was the last one. */
  private async tellEnd({ session, state, at }: Moment, end: SessionEnd): Promise<void> {
    const { store } = this.parts;
    // The row has what all its runs came to.
    const record = (await store.getSession(session.id).catch(() => undefined)) ?? session;
    this.emit(state, state.batchSpanId, {
      name: `${operations.session} ${session.role ?? session.agent}`,
      kind: "internal",
      spanId: state.sessionSpanId,
      startedAt: state.startedAt ?? record.startedAt ?? record.createdAt,
      endedAt: at,
      attributes: describeSession(record, end),
    });
    // The batch was told of when its sessions had ended for the first time.
    if (isResumed(session)) return;
    const batch = await store.getBatch(session.batchId).catch(() => undefined);
    if (batch !== undefined && this.isOver(batch)) {
      this.emit(state, null, {
        name: operations.batch,
        kind: "internal",
        spanId: state.batchSpanId,
        startedAt: batch.createdAt,
        endedAt: at,
        attributes: describeBatch(batch),
      });
    }
  }

  /** True once: the last sessions of a batch may end in the same moment. */
  private isOver({ id, endedAt }: BatchSummary): boolean {
    if (endedAt === null || this.toldBatches.has(id)) return false;
    keepBelow(this.toldBatches, mostBatches);
    this.toldBatches.add(id);
    return true;
  }

  /** `parentId` null: what the caller's own trace says. */
  private emit(
    { traceId, caller, isSampled }: TraceState,
    parentId: string | null,
    span: Omit<FinishedSpan, "traceId" | "parent">,
  ): void {
    const { redact, sink } = this.parts;
    const shown = Object.entries(span.attributes).map(
      ([name, value]) => [name, typeof value === "string" ? redact(value) : value] as const,
    );
    const parent = parentId === null ? caller : { traceId, spanId: parentId, isSampled };
    sink.emit({ ...span, name: redact(span.name), attributes: Object.fromEntries(shown), traceId, parent });
  }
}
