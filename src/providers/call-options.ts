import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider";
import type { Effort } from "../core/session.ts";
import { withCacheMarks } from "./cache-marks.ts";

export interface CallRequest {
  provider: string;
  prompt: LanguageModelV4Prompt;
  tools: readonly LanguageModelV4FunctionTool[];
  maxOutputTokens: number;
  /** null: the provider's default; nothing is sent. */
  effort: Effort | null;
}

/** The call as part of a trace: its `traceparent` goes out as a header. */
export function withTraceParent(
  options: LanguageModelV4CallOptions,
  traceparent: string | null,
): LanguageModelV4CallOptions {
  return traceparent === null ? options : { ...options, headers: { ...options.headers, traceparent } };
}

/** What a turn sends: the prompt with its cache marks, the tools if there are any, the effort if set. */
export function toCallOptions(request: CallRequest): LanguageModelV4CallOptions {
  return {
    prompt: withCacheMarks(request.prompt, request.provider),
    maxOutputTokens: request.maxOutputTokens,
    ...(request.tools.length === 0 ? {} : { tools: [...request.tools] }),
    // Our five words are the SDK's own (LanguageModelV4CallOptions.reasoning); it maps them per model.
    ...(request.effort === null ? {} : { reasoning: request.effort }),
  };
}
