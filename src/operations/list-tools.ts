import type { ToolListView } from "../contract/tool-operations.ts";
import { toToolDeclaration } from "../tools/registry.ts";
import type { OperationParts } from "./parts.ts";

export function listTools({ engineParts }: OperationParts): ToolListView {
  return {
    tools: engineParts.tools.list().map((tool) => {
      const { name, description, inputSchema } = toToolDeclaration(tool);
      return { name, description, right: tool.column, effect: tool.effect, input: inputSchema };
    }),
  };
}
