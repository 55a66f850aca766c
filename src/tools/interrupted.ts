import type { ToolOutcome } from "../core/tool-context.ts";
import { failed } from "./outcome.ts";

/** What the model is told of an effect that a crash cut off and that nobody can look up. */
export function interrupted(toolName: string): ToolOutcome {
  return failed(
    `${toolName} was interrupted by a restart and may have happened, in whole or in part. ` +
      "It was not run again. Look at what it did before you decide whether to repeat it.",
  );
}
