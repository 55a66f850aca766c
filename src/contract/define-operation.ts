import type { z } from "zod";

/**
 * Who may call: `admin` needs the token or the socket; `local` also the same user on loopback; `family`
 * is `admin`, and a session for those that it spawned, as far as the operation lets it.
 */
export type OperationAccess = "local" | "admin" | "family";

/**
 * `stream`: server-sent events when the client accepts them, a JSON page otherwise. `text`: the output
 * is a string, and goes out as text/plain.
 */
export type OperationKind = "call" | "stream" | "text";

/** How a model sees an operation: what it does, when to use it and what else there is, in 120 words at most. */
interface ToolFacts {
  name: string;
  title: string;
  description: string;
  annotations: Record<"readOnlyHint" | "destructiveHint" | "idempotentHint" | "openWorldHint", boolean>;
}

/**
 * One operation, declared once. REST routes, OpenAPI, the client's types and MCP tools are
 * projections of this. `input` is path, query and body in one object: path parameters are the
 * `{names}` in `path`; the rest of a GET comes from the query, of a write from the JSON body.
 */
export interface Operation<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Kind extends OperationKind = OperationKind,
> {
  name: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api`, parameters in braces. */
  path: string;
  access: OperationAccess;
  kind: Kind;
  input: Input;
  output: Output;
  successStatus: 200 | 202;
  summary: string;
  /** A body (of a GET: a query) that is taken as it stands, for people to copy; left out: none is needed. */
  example?: Readonly<Record<string, z.core.util.JSONType>>;
  /** What an MCP client is told of it; left out: it is no tool. */
  tool?: ToolFacts;
}

/** Declares an operation; `kind` stays literal, so that the table knows which operations are streams. */
export function defineOperation<
  Input extends z.ZodType,
  Output extends z.ZodType,
  const Kind extends OperationKind,
>(operation: Operation<Input, Output, Kind>): Operation<Input, Output, Kind> {
  return operation;
}
