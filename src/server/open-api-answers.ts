import { errorCatalog } from "../core/errors.ts";
import type { Operation, OperationAccess } from "../contract/define-operation.ts";

/** RFC 9457 with our members. */
export const problemSchema = {
  type: "object",
  properties: {
    type: { type: "string", description: "urn:profclaw:problem:<code>" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", enum: Object.keys(errorCatalog) },
    detail: { type: "string", description: "what is wrong, and which value" },
    pointer: { type: "string", description: "a JSON pointer into the body, or a parameter's name" },
    hint: { type: "string", description: "what to do next" },
    errors: {
      type: "array",
      description: "the other faults of the same request",
      items: {
        type: "object",
        properties: {
          detail: { type: "string" },
          pointer: { type: "string" },
          hint: { type: "string" },
        },
        required: ["detail", "pointer"],
      },
    },
    error_id: { type: "string", description: "finds the line in the log; only on internal" },
  },
  required: ["type", "title", "status", "code", "detail"],
} as const;

/** A response whose body is one of the document's schemas. */
export function toAnswer(
  description: string,
  schemaName: string,
  mediaType: string,
): Record<string, unknown> {
  const schema = { $ref: `#/components/schemas/${schemaName}` };
  return { description, content: { [mediaType]: { schema } } };
}

/** Every answer of an operation: its own, and the problems it can have. */
export function answersOf(operation: Operation, answerName: string): Record<string, unknown> {
  const success = toAnswer(
    operation.kind === "stream" ? "A page, or events" : "Done",
    answerName,
    operation.kind === "text" ? "text/plain" : "application/json",
  );
  const events = { "text/event-stream": { schema: { type: "string" } } };
  const content = { ...(success["content"] as object), ...(operation.kind === "stream" ? events : {}) };
  const problems = problemStatuses(operation).map(
    (status) => [String(status), { $ref: "#/components/responses/Problem" }] as const,
  );
  return {
    [String(operation.successStatus)]: { ...success, content },
    ...Object.fromEntries(problems),
    default: { $ref: "#/components/responses/Problem" },
  };
}

function problemStatuses(operation: Operation): number[] {
  const isWrite = operation.method === "POST" || operation.method === "PUT";
  const hasId = operation.path.includes("{");
  return [
    ...(isWrite ? [400] : []),
    401,
    403,
    ...(hasId ? [404, 409] : []),
    ...(isWrite ? [413, 415] : []),
    421,
    422,
    500,
  ];
}

/** Who may call, in words. */
function rightsOf(access: OperationAccess): string {
  const words: Record<OperationAccess, string> = {
    local: "On the daemon's own machine, its user needs no token.",
    admin: "Always needs the admin token.",
    family: "Needs the admin token; a session may for those that it has spawned.",
  };
  return words[access];
}

/** What is to know of an operation beside its summary. */
export function describeOperation(operation: Operation, hasKey: boolean): string {
  return [
    rightsOf(operation.access),
    ...(hasKey ? ["The same Idempotency-Key and body give the same answer for 24 hours."] : []),
    ...(operation.kind === "stream"
      ? ["With `Accept: text/event-stream` it goes on live; Last-Event-ID goes on where a reader was."]
      : []),
  ].join(" ");
}

/** What each group of operations is about. */
const tagTexts: Readonly<Record<string, string>> = {
  sessions: "Agent sessions: spawn, read, stop, let go on.",
  messages: "What people and sessions write to a session.",
  approvals: "Calls that need a yes.",
  batches: "Sessions that were spawned together.",
  events: "Everything that happens, live.",
  tools: "What sessions can do.",
  cost: "What it cost, and what it may.",
  pool: "How many sessions run at once.",
  daemon: "The program itself.",
  server: "The routes beside the operations.",
};

/** Every tag that is used, in the order of first use. */
export function toTags(names: readonly string[]): { name: string; description: string }[] {
  return [...new Set([...names, "server"])].map((name) => ({ name, description: tagTexts[name] ?? name }));
}

/** The routes beside the table. */
export function ownPaths(): Record<string, unknown> {
  const problem = { default: { $ref: "#/components/responses/Problem" } };
  const get = (operationId: string, summary: string, responses: Record<string, unknown>) => ({
    get: {
      operationId,
      summary,
      description: rightsOf("local"),
      tags: ["server"],
      responses: { ...responses, ...problem },
    },
  });
  return {
    "/openapi.json": get("server.openapi", "This document.", {
      "200": toFreeAnswer("OpenAPI 3.1", "application/json"),
    }),
    "/docs": get("server.docs", "This document as a page.", { "200": toFreeAnswer("A page", "text/html") }),
    "/healthz": get("server.health", "The process answers.", {
      "200": toFreeAnswer("It does", "application/json"),
    }),
    "/metrics": get("server.metrics", "Counters and gauges for Prometheus.", {
      "200": toFreeAnswer("Prometheus' text format", "text/plain"),
    }),
    "/readyz": get("server.ready", "The daemon takes work.", {
      "200": toFreeAnswer("It does", "application/json"),
      "503": toFreeAnswer("Not yet, or no longer; `reason` says why", "application/json"),
    }),
  };
}

/** A response whose body has no schema of its own. */
function toFreeAnswer(description: string, mediaType: string): Record<string, unknown> {
  return { description, content: { [mediaType]: {} } };
}
