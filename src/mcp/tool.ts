import type { z } from "zod";
import type { CallContext, Handlers } from "../contract/implement.ts";
import type { WaitTask } from "./tasks/wait-task.ts";

/** What a tool call knows beside its arguments. */
export interface ToolContext {
  handlers: Handlers;
  call: CallContext;
  /** The folder of the client, where it told one. */
  cwd: string | null;
  /** The same for every repetition of one call whose answer was lost. */
  requestKey: string | null;
  /** True if the client takes a task for an answer. */
  takesTasks: boolean;
  now: () => number;
}

/** Something that is too long to be in an answer, or worth to be read later. */
export interface AnswerLink {
  uri: string;
  name: string;
  description: string;
}

export interface WholeAnswer<Structured> {
  structured: Structured;
  links?: AnswerLink[];
}

/** The answer, or what the client is to ask for later; only for one that takes tasks. */
export type ToolAnswer<Structured> = WholeAnswer<Structured> | { task: WaitTask };

/** All four, always: clients assume the worst of what is left out. */
export interface ToolHints {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** A tool as a model sees it, and what it does. `call` gets parsed input and throws ProfclawError to refuse. */
export interface McpTool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  name: string;
  title: string;
  /** At most 120 words: what, when, when not and what instead, side effects. */
  description: string;
  hints: ToolHints;
  input: Input;
  output: Output;
  call(input: z.output<Input>, context: ToolContext): Promise<ToolAnswer<z.input<Output>>>;
}

/** A tool whose types are forgotten: its schema has parsed what `call` gets. */
export type AnyTool = Omit<McpTool, "call"> & {
  call(input: unknown, context: ToolContext): Promise<ToolAnswer<object>>;
};

/** Declares a tool; its call is typed by its schemas. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: McpTool<Input, Output>,
): AnyTool {
  return tool;
}
