import type { z } from "zod";
import type { JsonObject } from "../core/json.ts";
import type { ToolContext, ToolOutcome, ToolPreparation } from "../core/tool-context.ts";
import type { Action, Decision } from "../policy/action.ts";
import type { ToolColumn } from "../policy/allowed-tools.ts";

/**
 * What a crash may do to a tool: `pure` is run again; `keyed` is done again with the same key, so
 * once; `effect` is never run again unless its own `recover` knows what happened.
 */
export type ToolEffect = "pure" | "keyed" | "effect";

/** What a tool runs with once its action is decided. */
export interface DecidedContext extends ToolContext {
  /** The real path that the policy decided on, and the only one to open; empty for actions without a path. */
  realPath: string;
  /** Protected folders below `realPath`, which a search through it must leave out. */
  leaveOut: readonly string[];
  /** The same as globs relative to `realPath`, letters' case not counting. */
  leaveOutGlobs: readonly string[];
  /** Asks the gate again, for what turns up on the way: a redirect to another host. */
  judge: (action: Action) => Promise<Decision>;
}

/** The one shape of every tool. `run` never throws for what a model can cause; it says so in its result. */
export interface Tool<Input = unknown> {
  name: string;
  /** For the model: what it does, in one or two short sentences. */
  description: string;
  input: z.ZodType<Input>;
  /** The JSON Schema for the model, where another program checks the input. Left out: that of `input`. */
  schema?: JsonObject;
  effect: ToolEffect;
  /** The column of the levels table that bounds it. */
  column: ToolColumn;
  /** What the policy judges, before anything happens. */
  toAction(input: Input, context: Pick<ToolContext, "cwd">): Action;
  /** Looked up before the effect and journalled with the intent. */
  prepare?(input: Input, context: DecidedContext): Promise<ToolPreparation>;
  run(input: Input, context: DecidedContext): Promise<ToolOutcome>;
  /** After a crash with an intent and no result. Without it the model is told that it may have happened. */
  recover?(input: Input, prepared: ToolPreparation, context: DecidedContext): Promise<ToolOutcome>;
}

/** Keeps the input's type inside one tool; the registry sees `Tool`. */
export function defineTool<Input>(tool: Tool<Input>): Tool {
  return tool;
}

/** A model's path as an absolute one. Not normalised: `..` after a link means what the kernel means by it. */
export function toAbsolutePath(path: string, cwd: string): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}
