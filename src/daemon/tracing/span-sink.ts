import type { TraceParent } from "../../core/trace-context.ts";

export type SpanAttributes = Readonly<Record<string, string | number | readonly string[]>>;

/** A span that is over. Times are ms since the epoch. */
export interface FinishedSpan {
  name: string;
  kind: "internal" | "client";
  traceId: string;
  spanId: string;
  /** Null: the first of its trace. */
  parent: TraceParent | null;
  startedAt: number;
  endedAt: number;
  /** With `error.type` it has failed. */
  attributes: SpanAttributes;
}

/** Takes spans and sends them on its own time. */
export interface SpanSink {
  /** Whether a trace is to be recorded: what the caller says of it, or the sampler of a new one. */
  isSampled(traceId: string, caller: TraceParent | null): boolean;
  emit(span: FinishedSpan): void;
  /** Sends what is left. */
  close(): Promise<void>;
}
