import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { OverlongAnswer } from "./overlong-answer.ts";

/** No model writes as much in one answer: a million tokens are about half of it. */
const mostAnswerLength = 8 * 2 ** 20;
const blockLength = 100;

/** Counts what of a stream is kept until its end, in characters; throws OverlongAnswer. */
export function createAnswerMeter(): (part: LanguageModelV4StreamPart) => void {
  let length = 0;
  return (part) => {
    length += toLength(part);
    if (length > mostAnswerLength)
      throw new OverlongAnswer(`is longer than ${mostAnswerLength / 2 ** 20} million characters`);
  };
}

function toLength(part: LanguageModelV4StreamPart): number {
  switch (part.type) {
    case "text-delta":
    case "reasoning-delta":
    case "tool-input-delta":
      return part.delta.length;
    case "text-start":
    case "reasoning-start":
    case "tool-input-start":
    case "custom":
      return blockLength;
    case "tool-call":
      return blockLength + part.input.length;
    default:
      return 0;
  }
}
