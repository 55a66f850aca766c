import { randomBytes } from "node:crypto";
import type { SessionId } from "../../core/id.ts";
import type { SessionRecord } from "../../core/session.ts";
import { type SessionTrace, type TraceParent, toTraceParentText } from "../../core/trace-context.ts";
import { type SessionPlace, toSessionPlace, toToolSpanId } from "./span-ids.ts";

/** What is known of a living session in this daemon alone; lost with it, and only times are. */
export interface TraceState extends SessionPlace {
  isSampled: boolean;
  startedAt: number | null;
  call: { spanId: string; startedAt: number } | null;
  /** The chat whose tools run now. */
  lastCallId: string | null;
  tools: Map<string, { startedAt: number; endedAt: number | null }>;
}

export interface TraceStates {
  of(session: SessionRecord): TraceState;
  /** It has ended. */
  drop(id: SessionId): void;
  /** What its calls are told, and when they begin and end. */
  traceOf(session: SessionRecord): SessionTrace;
}

interface StateParts {
  isSampled(traceId: string, caller: TraceParent | null): boolean;
  now(): number;
}

// A run that was let go of may speak of its session once more after the end.
const mostStates = 20_000;

export function createTraceStates(parts: StateParts): TraceStates {
  const states = new Map<SessionId, TraceState>();
  const of = (session: SessionRecord): TraceState => {
    const state = states.get(session.id) ?? openState(parts, session);
    if (!states.has(session.id)) keepBelow(states, mostStates);
    states.set(session.id, state);
    return state;
  };
  const ofTool = (session: SessionRecord, toolCallId: string): string =>
    toText(of(session), toToolSpanId(session.id, toolCallId));
  return {
    of,
    drop: (id) => void states.delete(id),
    traceOf: (session) => ({
      beginCall() {
        const state = of(session);
        state.call = { spanId: toRandomSpanId(), startedAt: parts.now() };
        return toText(state, state.call.spanId);
      },
      beginTool(toolCallId) {
        of(session).tools.set(toolCallId, { startedAt: parts.now(), endedAt: null });
        return ofTool(session, toolCallId);
      },
      endTool(toolCallId) {
        const tool = states.get(session.id)?.tools.get(toolCallId);
        if (tool !== undefined) tool.endedAt = parts.now();
      },
      ofTool: (toolCallId) => ofTool(session, toolCallId),
    }),
  };
}

/** For a call, of which there may be several in a turn. */
export function toRandomSpanId(): string {
  return randomBytes(8).toString("hex");
}

/** Makes room for one more; the oldest goes. */
export function keepBelow<Key>(kept: Map<Key, unknown> | Set<Key>, most: number): void {
  const [oldest] = kept.keys();
  if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
}

function openState(parts: StateParts, session: SessionRecord): TraceState {
  const place = toSessionPlace(session);
  return {
    ...place,
    isSampled: parts.isSampled(place.traceId, place.caller),
    // Of a session that goes on: its new life has not begun.
    startedAt: isResumed(session) ? null : session.startedAt,
    call: null,
    lastCallId: null,
    tools: new Map(),
  };
}

/** It had ended, and goes on. */
export function isResumed({ resumes = 0 }: SessionRecord): boolean {
  return resumes > 0;
}

function toText({ traceId, isSampled }: TraceState, spanId: string): string {
  return toTraceParentText({ traceId, spanId, isSampled });
}
