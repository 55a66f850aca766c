import { z } from "zod";
import type { Schema, Schemas } from "./value-of.ts";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
}

interface Media {
  schema?: Schema;
}

interface Answer {
  $ref?: string;
  content?: Record<string, Media>;
}

/** One operation of the document. */
export interface DocumentedOperation {
  operationId: string;
  method: string;
  path: string;
  parameters: Parameter[];
  body: Schema | null;
  responses: Record<string, Answer>;
}

/** An OpenAPI document as a fuzzer reads it. */
export interface ApiDocument {
  operations: DocumentedOperation[];
  schemas: Schemas;
  /** What is wrong with an answer by the document's own word; null: nothing. */
  findFault(operation: DocumentedOperation, answer: SeenAnswer): string | null;
}

/** An answer as it came. */
export interface SeenAnswer {
  status: number;
  contentType: string;
  text: string;
}

interface RawOperation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Answer>;
}

interface RawDocument {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Schemas; responses: Record<string, Answer> };
}

export function readDocument(raw: unknown): ApiDocument {
  const { paths, components } = raw as RawDocument;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, one]) => ({
      operationId: one.operationId,
      method: method.toUpperCase(),
      path,
      parameters: one.parameters ?? [],
      body: one.requestBody?.content["application/json"]?.schema ?? null,
      responses: one.responses,
    })),
  );
  const checks = new Map<string, z.ZodType>();
  return {
    operations,
    schemas: components.schemas,
    findFault(operation, answer) {
      const declared = operation.responses[String(answer.status)] ?? operation.responses["default"] ?? {};
      const name = declared.$ref?.split("/").at(-1);
      const { content = {} } = name === undefined ? declared : (components.responses[name] ?? {});
      const type = answer.contentType.split(";")[0] ?? "";
      const media = content[type];
      if (media === undefined) return `${type} is not declared for ${answer.status}`;
      if (media.schema === undefined || !type.includes("json")) return null;
      const key = JSON.stringify(media.schema);
      const check = checks.get(key) ?? toCheck(media.schema, components.schemas);
      checks.set(key, check);
      const parsed = check.safeParse(JSON.parse(answer.text));
      return parsed.success ? null : z.prettifyError(parsed.error);
    },
  };
}

function toCheck(schema: Schema, schemas: Schemas): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: schemas }).replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(whole) as Parameters<typeof z.fromJSONSchema>[0]);
}
