import type { z } from "zod";
import type { Operation } from "../contract/define-operation.ts";
import { pathNames, queryNames } from "./collect-input.ts";
import { toComponentSchemas, type NamedSchemas } from "./json-schemas.ts";
import {
  answersOf,
  describeOperation,
  ownPaths,
  problemSchema,
  toAnswer,
  toTags,
} from "./open-api-answers.ts";

/** An OpenAPI 3.1 document; plain data, ready for JSON. */
export type OpenApiDocument = Record<string, unknown>;

/** Projects the table as OpenAPI 3.1: every operation, parameter, body, answer and problem. */
export function createOpenApi(operations: readonly Operation[], version: string): OpenApiDocument {
  const outputNames = new Map<z.ZodType, string>();
  for (const operation of operations) {
    if (!outputNames.has(operation.output))
      outputNames.set(operation.output, `${toTypeName(operation.name)}Answer`);
  }
  const inputNames = new Map(operations.map((one) => [one.input, `${toTypeName(one.name)}Input`]));
  const inputs = toComponentSchemas(inputNames, { io: "input", sharedPrefix: "InputPart_" });
  const outputs = toComponentSchemas(outputNames, { io: "output", sharedPrefix: "AnswerPart_" });
  const bodies = keepBodies(operations, inputs);
  return {
    openapi: "3.1.0",
    info: {
      title: "profclaw",
      version,
      description: "Many agent sessions in parallel. Every path below /api is also served below /api/v1.",
      contact: { name: "Whoever runs this daemon" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://127.0.0.1:3000", description: "Where it listens by itself" }],
    tags: toTags(operations.map(toTag)),
    security: [{ bearer: [] }, {}],
    paths: { ...operationPaths(operations, { inputs, outputNames }), ...ownPaths() },
    components: {
      schemas: { ...outputs, ...bodies, Problem: problemSchema },
      responses: { Problem: toAnswer("A problem (RFC 9457)", "Problem", "application/problem+json") },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "The content of the token file. Not needed by the daemon's own user on loopback.",
        },
      },
    },
  };
}

interface Projection {
  inputs: NamedSchemas;
  outputNames: ReadonlyMap<z.ZodType, string>;
}

function operationPaths(operations: readonly Operation[], projection: Projection): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = `/api${operation.path}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: toPathItem(operation, projection) };
  }
  return paths;
}

function toPathItem(operation: Operation, { inputs, outputNames }: Projection): Record<string, unknown> {
  const inputName = `${toTypeName(operation.name)}Input`;
  const parameters = toParameters(operation, inputs[inputName] ?? {});
  return {
    operationId: operation.name,
    summary: operation.summary,
    description: describeOperation(operation, hasKey(inputs[inputName] ?? {})),
    tags: [toTag(operation)],
    ...(operation.access !== "local" ? { security: [{ bearer: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody(operation) ? { requestBody: toRequestBody(operation, inputs[inputName] ?? {}) } : {}),
    responses: answersOf(operation, outputNames.get(operation.output) ?? ""),
  };
}

function toParameters(operation: Operation, input: Record<string, unknown>): Record<string, unknown>[] {
  const properties = (input["properties"] ?? {}) as NamedSchemas;
  const required = requiredOf(input);
  const inPath = pathNames(operation.path).map((name) => ({
    name,
    in: "path",
    required: true,
    schema: properties[name] ?? { type: "string" },
  }));
  const query = hasBody(operation) ? [] : queryNames(operation);
  const inQuery = query.map((name) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: properties[name] ?? {},
  }));
  return [...inPath, ...inQuery, ...headerParameters(operation, properties)];
}

function headerParameters(operation: Operation, properties: NamedSchemas): Record<string, unknown>[] {
  const key = { name: "Idempotency-Key", description: "The same as idempotency_key in the body." };
  const last = { name: "Last-Event-ID", description: "Events after this one, as `after`." };
  const taken = [
    ...(Object.hasOwn(properties, "idempotency_key") ? [key] : []),
    ...(operation.kind === "stream" ? [last] : []),
  ];
  return taken.map(({ name, description }) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
}

function toRequestBody(operation: Operation, input: Record<string, unknown>): Record<string, unknown> {
  const schema = isEmptyBody(operation)
    ? { type: "object", additionalProperties: false }
    : { $ref: `#/components/schemas/${toTypeName(operation.name)}Input` };
  const inPath = pathNames(operation.path);
  const required = requiredOf(input).some((name) => !inPath.includes(name));
  const { example } = operation;
  const shown = example === undefined ? {} : { example };
  return { required, content: { "application/json": { schema, ...shown } } };
}

/** Inputs that are sent as a body, without what stands in the path; the parts they share stay. */
function keepBodies(operations: readonly Operation[], inputs: NamedSchemas): NamedSchemas {
  const byName = new Map(operations.map((operation) => [`${toTypeName(operation.name)}Input`, operation]));
  const kept = Object.entries(inputs).flatMap(([name, schema]) => {
    const operation = byName.get(name);
    if (operation === undefined) return [[name, schema] as const];
    return hasBody(operation) && !isEmptyBody(operation)
      ? [[name, withoutPath(operation, schema)] as const]
      : [];
  });
  return Object.fromEntries(kept);
}

function withoutPath(operation: Operation, schema: Record<string, unknown>): Record<string, unknown> {
  const inPath = pathNames(operation.path);
  const properties = Object.entries((schema["properties"] ?? {}) as NamedSchemas);
  return {
    ...schema,
    properties: Object.fromEntries(properties.filter(([name]) => !inPath.includes(name))),
    required: requiredOf(schema).filter((name) => !inPath.includes(name)),
  };
}

function hasKey(input: Record<string, unknown>): boolean {
  return Object.hasOwn(input["properties"] ?? {}, "idempotency_key");
}

/** `sessions.create` stands among the sessions. */
function toTag({ name }: Operation): string {
  return name.split(".")[0] ?? name;
}

function requiredOf(schema: Record<string, unknown>): string[] {
  return (schema["required"] ?? []) as string[];
}

function hasBody(operation: Operation): boolean {
  return operation.method === "POST" || operation.method === "PUT";
}

function isEmptyBody(operation: Operation): boolean {
  return queryNames(operation).length === 0;
}

/** `sessions.create` is SessionsCreate. */
function toTypeName(name: string): string {
  return name.replaceAll(/(?:^|\W)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
