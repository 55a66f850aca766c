import type { z } from "zod";
import { explainIssues } from "../contract/explain-issue.ts";
import { InvalidInput } from "../contract/invalid-input.ts";
import { findSchemaAt, isListSchema } from "../contract/walk-schema.ts";
import { toCreatedTask } from "./tasks/created-task.ts";
import type { AnswerLink, AnyTool, ToolContext, WholeAnswer } from "./tool.ts";
import { type ReportBug, toToolFailure } from "./tool-failure.ts";

/** The answer to a tool call, as the protocol has it. */
export interface CallResult {
  [key: string]: unknown;
  content: ({ type: "text"; text: string } | ({ type: "resource_link" } & AnswerLink))[];
  structuredContent?: Record<string, unknown>;
  isError?: true;
}

/**
 * Parses the arguments, runs the tool, and answers. A refusal is an answer too, with `isError`: the model
 * is to read it and do something else.
 */
export async function callTool(
  tool: AnyTool,
  request: { args: unknown; context: ToolContext; reportBug: ReportBug },
): Promise<CallResult> {
  try {
    const input = parseArguments(tool.input, request.args);
    const answer = await tool.call(input, request.context);
    return "task" in answer ? toCreatedTask(answer.task) : toCallResult(answer);
  } catch (error) {
    return toFailedCall(toToolFailure(error, request.reportBug));
  }
}

/** A tool's answer as the protocol has it. */
export function toCallResult({ structured, links = [] }: WholeAnswer<object>): CallResult {
  return {
    content: [
      { type: "text", text: JSON.stringify(structured) },
      ...links.map((link) => ({ type: "resource_link" as const, ...link })),
    ],
    structuredContent: { ...structured },
  };
}

/** No structured content: clients would hold it against the tool's output schema. */
function toFailedCall(failure: object): CallResult {
  return { content: [{ type: "text", text: JSON.stringify({ error: failure }) }], isError: true };
}

function parseArguments(schema: z.ZodObject, args: unknown): unknown {
  const value = withLists(schema, args ?? {});
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = explainIssues(parsed.error.issues, { schema, value, outsideBody: new Map() });
  const [first = { detail: "The arguments have the wrong shape.", pointer: "" }, ...others] = faults;
  const hint = first.hint ?? `Takes: ${Object.keys(schema.shape).join(", ")}.`;
  throw new InvalidInput({ ...first, hint }, others);
}

/** Models write "a,b" or "[\"a\"]" where a list is wanted, and mean it. */
function withLists(schema: z.ZodObject, args: unknown): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  const entries = Object.entries(args).map(([key, value]: [string, unknown]) => {
    const isMeant = typeof value === "string" && isListSchema(findSchemaAt(schema, [key]));
    return [key, isMeant ? toList(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

function toList(text: string): unknown {
  if (text.trimStart().startsWith("[")) return parseList(text);
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
