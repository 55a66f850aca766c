import type { z } from "zod";
import type { ToolContext, ToolOutcome, ToolPreparation } from "../core/tool-context.ts";
import type { Action } from "../policy/action.ts";

/**
 * What a crash may do to a tool: `pure` is run again; `keyed` is done again with the same key, so
 * once; `effect` is never run again unless its own `recover` knows what happened.
 */
export type ToolEffect = "pure" | "keyed" | "effect";

/** The one shape of every tool. `run` never throws for what a model can cause; it says so in its result. */
export interface Tool<Input = unknown> {
  name: string;
  /** For the model: what it does, in one or two short sentences. */
  description: string;
  input: z.ZodType<Input>;
  effect: ToolEffect;
  /** What the policy judges, before anything happens. */
  toAction(input: Input, context: ToolContext): Action;
  /** Looked up before the effect and journalled with the intent. */
  prepare?(input: Input, context: ToolContext): Promise<ToolPreparation>;
  run(input: Input, context: ToolContext): Promise<ToolOutcome>;
  /** After a crash with an intent and no result. Without it the model is told that it may have happened. */
  recover?(input: Input, prepared: ToolPreparation, context: ToolContext): Promise<ToolOutcome>;
}

/** Keeps the input's type inside one tool; the registry sees `Tool`. */
export function defineTool<Input>(tool: Tool<Input>): Tool {
  return tool;
}
