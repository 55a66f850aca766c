import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operation } from "../contract/define-operation.ts";
import type { CallContext, StreamEvent } from "../contract/implement.ts";
import { parseTraceParent, toTraceParentText } from "../core/trace-context.ts";
import { checkRight } from "./access.ts";
import { baseHeaders } from "./base-headers.ts";
import { collectInput } from "./collect-input.ts";
import { serveEventStream } from "./event-stream.ts";
import type { Identity } from "./local-caller.ts";
import type { Problem } from "./problem.ts";

/** An operation with its implementation, the types of its input and output forgotten: the schema parsed them. */
export interface ImplementedOperation {
  operation: Operation;
  call(input: unknown, context: CallContext): Promise<unknown>;
  stream: ((input: unknown, context: CallContext) => AsyncIterable<StreamEvent>) | null;
}

/** One request to it. */
export interface OperationRequest {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  identity: Identity;
  path: Readonly<Record<string, string>>;
  query: string;
}

/** What ends a request from the server's side, and how it tells of failures. */
export interface ServingRules {
  heartbeatMs: number;
  /** Aborted when the server starts to close: streams end, so that it can drain. */
  streamsEnd: AbortSignal;
  /** Aborted when the server is done waiting. */
  callsEnd: AbortSignal;
  toProblem: (thrown: unknown) => Problem;
}

/** Right, input, then the implementation: as events if the client accepts them and there are any, else as JSON. */
export async function serveOperation(
  implemented: ImplementedOperation,
  request: OperationRequest,
  rules: ServingRules,
): Promise<Response> {
  const { operation } = implemented;
  const { incoming, identity } = request;
  const gone = abortWhenGone(request.outgoing);
  checkRight(identity.caller, operation);
  const input = await collectInput(operation, {
    request: incoming,
    path: request.path,
    query: request.query,
  });
  if (implemented.stream !== null && incoming.method === "GET" && acceptsEvents(incoming)) {
    const ends = identity.ends === undefined ? [] : [identity.ends];
    const signal = AbortSignal.any([gone, rules.streamsEnd, ...ends]);
    const events = implemented.stream(input, { ...identity, signal });
    const { heartbeatMs, toProblem } = rules;
    return serveEventStream(events, request.outgoing, { signal, heartbeatMs, toProblem });
  }
  const signal = AbortSignal.any([gone, rules.callsEnd]);
  const output = await implemented.call(input, { ...identity, ...readTrace(incoming), signal });
  return operation.kind === "text"
    ? toTextResponse(String(output), operation.successStatus)
    : toJsonResponse(output, operation.successStatus);
}

/** A JSON answer. */
export function toJsonResponse(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...baseHeaders, "content-type": "application/json" },
  });
}

function toTextResponse(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: { ...baseHeaders, "content-type": "text/plain; charset=utf-8" },
  });
}

function readTrace({ headers }: IncomingMessage): Pick<CallContext, "traceParent"> {
  const sent = headers["traceparent"];
  const trace = parseTraceParent(typeof sent === "string" ? sent : undefined);
  return trace === null ? {} : { traceParent: toTraceParentText(trace) };
}

function acceptsEvents(request: IncomingMessage): boolean {
  return (request.headers.accept ?? "").toLowerCase().includes("text/event-stream");
}

/** Aborts when the client goes. `close` also comes after a whole answer; only then is it written to its end. */
export function abortWhenGone(outgoing: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  return gone.signal;
}
