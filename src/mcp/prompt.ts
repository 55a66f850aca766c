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

/**
 * True if each of the values is a single word. Claude Code 2.1.330 cuts what is typed after a prompt's name at its
 * spaces, quotes or not, and fills in the first words; the message to its model has the whole as <command-args>.
 */
export function mayBeCut(values: Readonly<Record<string, string>>): boolean {
  const given = Object.keys(values).flatMap((name) => readValue(values, name) ?? []);
  return given.length > 0 && given.every((value) => !/\s/.test(value));
}

/** What was filled in, or null for nothing but blanks. */
export function readValue(values: Readonly<Record<string, string>>, name: string): string | null {
  const text = values[name]?.trim() ?? "";
  return text === "" ? null : text;
}
