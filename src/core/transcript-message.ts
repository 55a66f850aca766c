import type { AssistantPart } from "./content.ts";

/** The history a model is sent, without the system text. Results stand in the order of their calls. */
export type TranscriptMessage =
  | { role: "user"; text: string }
  | { role: "assistant"; content: AssistantPart[] }
  | { role: "tool"; results: ToolResult[] };

export interface ToolResult {
  toolCallId: string;
  tool: string;
  text: string;
  isError: boolean;
}
