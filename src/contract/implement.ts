import type { z } from "zod";
import type { SessionId } from "../core/id.ts";
import type { Operation } from "./define-operation.ts";
import type { Operations } from "./operations.ts";

/**
 * Who calls, from the connection and its token, never from what was sent. `admin`: the socket or the
 * token. `local`: the same user's process on loopback, at most level auto. `session`: a process that
 * a session started; it acts as that session.
 */
export type Caller =
  /** `peer`: the name under which an agent of the user's own connects. */
  | { kind: "admin"; peer?: string }
  | { kind: "local"; peer?: string }
  | { kind: "session"; sessionId: SessionId };

export interface CallContext {
  caller: Caller;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Checked again right before a commit: does the peer's connection still belong to our user? */
  recheckCaller(): Promise<void>;
  /** The `traceparent` that came with the request, if it was one. */
  traceParent?: string;
}

/** One server-sent event. `id` only on journal entries: what `Last-Event-ID` resumes from. */
export interface StreamEvent {
  id: string | null;
  event: string;
  data: unknown;
}

/** Any table of operations: the product's own, or a smaller one. */
export type OperationTable = Record<string, Operation>;

type InputOf<Table extends OperationTable, Name extends keyof Table> = z.output<Table[Name]["input"]>;
type OutputOf<Table extends OperationTable, Name extends keyof Table> = z.output<Table[Name]["output"]>;

/** One function per operation of a table. They get parsed input and throw ProfclawError to refuse. */
export type HandlersOf<Table extends OperationTable> = {
  [Name in keyof Table]: (
    input: InputOf<Table, Name>,
    context: CallContext,
  ) => Promise<OutputOf<Table, Name>>;
};

/** The live form of a table's operations of kind "stream". The first `next()` refuses if the id is unknown. */
export type StreamsOf<Table extends OperationTable> = {
  [Name in keyof Table as Table[Name]["kind"] extends "stream" ? Name : never]: (
    input: InputOf<Table, Name>,
    context: CallContext,
  ) => AsyncIterable<StreamEvent>;
};

/** The implemented table that the edges receive. */
export type Handlers = HandlersOf<Operations>;

/** The live form of the streams among them. */
export type Streams = StreamsOf<Operations>;
