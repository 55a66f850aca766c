import type { AnyTool } from "./tool.ts";
import { toInputSchema } from "./input-schema.ts";
import { toOutputSchema } from "./output-schema.ts";

/** A tool as clients list it. */
export function toListedTool(tool: AnyTool) {
  const { name, title, description } = tool;
  return {
    name,
    title,
    description,
    inputSchema: toInputSchema(tool.input),
    outputSchema: toOutputSchema(tool.output),
    annotations: tool.hints,
  };
}
