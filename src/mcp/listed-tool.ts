import type { AnyTool } from "./tool.ts";
import { toToolSchema } from "./tool-schema.ts";

/** A tool as clients list it. */
export function toListedTool(tool: AnyTool) {
  const { name, title, description } = tool;
  return {
    name,
    title,
    description,
    inputSchema: toToolSchema(tool.input, "input"),
    outputSchema: toToolSchema(tool.output, "output"),
    annotations: tool.hints,
  };
}
