/** A place in a distributed trace, as W3C Trace Context has it: ids in lower-case hex. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  isSampled: boolean;
}

const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A `traceparent` header or TRACEPARENT; null for what is none, which is passed over without a word. */
export function parseTraceParent(text: string | undefined): TraceParent | null {
  const [, version, traceId, spanId, flags, rest] = pattern.exec((text ?? "").trim()) ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  // Later versions may have more fields; of the first there are exactly four.
  if (version === "00" && rest !== undefined) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags ?? "0", 16) & 1) === 1 };
}

export function toTraceParentText({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/** What a session's calls are told of the trace that they are part of; null where there is none. */
export interface SessionTrace {
  /** A model call goes out now: its `traceparent`. */
  beginCall(): string | null;
  /** A tool call begins now: its `traceparent`. */
  beginTool(toolCallId: string): string | null;
  endTool(toolCallId: string): void;
  /** The `traceparent` of what a tool call spawns. */
  ofTool(toolCallId: string): string | null;
}

/** Hands on what the caller said: the calls of a daemon that records nothing are the caller's own. */
export function passTrace(traceParent: string | undefined): SessionTrace {
  const passed = traceParent ?? null;
  return { beginCall: () => passed, beginTool: () => passed, endTool: () => undefined, ofTool: () => passed };
}
