import type { ToolContext } from "./tool.ts";

/** What a resource holds, read once. */
export interface ResourceText {
  text: string;
  mimeType: "application/json" | "text/plain";
}

/** Something that a client can read by its address. `{id}` in the address is a session's id or a unique start. */
export interface McpResource {
  uri: string;
  name: string;
  title: string;
  description: string;
  mimeType: ResourceText["mimeType"];
  /** Throws ProfclawError, not-found among them. */
  read(id: string, context: ToolContext): Promise<ResourceText>;
}

export function toJson(value: unknown): ResourceText {
  return { text: JSON.stringify(value, null, 2), mimeType: "application/json" };
}
