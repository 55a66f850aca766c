import type { ToolContext } from "./tool.ts";

export interface PromptArgument {
  name: string;
  description: string;
  required: boolean;
}

/** A text that a person picks in their client, made from what they fill in. */
export interface McpPrompt {
  name: string;
  title: string;
  description: string;
  arguments: readonly PromptArgument[];
  /** Throws ProfclawError to refuse. */
  render(values: Readonly<Record<string, string>>, context: ToolContext): Promise<string>;
}

/** What was filled in, or null for nothing but blanks. */
export function readValue(values: Readonly<Record<string, string>>, name: string): string | null {
  const text = values[name]?.trim() ?? "";
  return text === "" ? null : text;
}
