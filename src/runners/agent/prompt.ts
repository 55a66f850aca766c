import type { LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { ToolResult, TranscriptMessage } from "../../core/transcript-message.ts";

/** The whole history as a request: system text first, then what was said, verbatim. */
export function toPrompt(system: string, messages: readonly TranscriptMessage[]): LanguageModelV4Prompt {
  return [{ role: "system", content: system }, ...messages.flatMap(toMessages)];
}

function toMessages(message: TranscriptMessage): LanguageModelV4Message[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: [{ type: "text", text: message.text }] }];
    case "assistant":
      // An empty answer is legal to receive and illegal to send back.
      return message.content.length === 0 ? [] : [{ role: "assistant", content: message.content }];
    case "tool":
      return [{ role: "tool", content: message.results.map(toResultPart) }];
  }
}

function toResultPart({ toolCallId, tool, text, isError }: ToolResult): {
  type: "tool-result";
  toolCallId: string;
  toolName: string;
  output: { type: "text" | "error-text"; value: string };
} {
  const output = { type: isError ? ("error-text" as const) : ("text" as const), value: text };
  return { type: "tool-result", toolCallId, toolName: tool, output };
}
