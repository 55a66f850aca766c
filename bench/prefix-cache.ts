import type { Json, JsonRecord, TokensGiven } from "../test/support/model-server/reply.ts";

const charactersPerToken = 4;

/** A provider's prompt cache: it keeps what stands before a mark, and gives back the longest that it has seen. */
export function createPrefixCache(): { count(body: JsonRecord): TokensGiven } {
  const kept = new Set<string>();
  return {
    count(body) {
      let text = "";
      let read = 0;
      const marked: string[] = [];
      for (const block of listBlocks(body)) {
        const { cache_control: mark, ...rest } = block;
        text += JSON.stringify(rest);
        if (mark === undefined) continue;
        marked.push(text);
        if (kept.has(text)) read = text.length;
      }
      for (const prefix of marked) kept.add(prefix);
      const written = (marked.at(-1)?.length ?? read) - read;
      return {
        inputTokens: toTokens(text.length),
        outputTokens: 1,
        cacheReadTokens: toTokens(read),
        cacheWriteTokens: toTokens(written),
      };
    },
  };
}

function toTokens(characters: number): number {
  return Math.floor(characters / charactersPerToken);
}

/** In the order in which Anthropic caches: tools, system, messages. */
function listBlocks({ tools, system, messages }: JsonRecord): JsonRecord[] {
  return [
    ...toBlocks(tools),
    ...toBlocks(system),
    ...toList(messages).flatMap((one) => toBlocks(contentOf(one))),
  ];
}

function contentOf(message: Json): Json | undefined {
  return isRecord(message) ? message["content"] : undefined;
}

function toBlocks(value: Json | undefined): JsonRecord[] {
  if (typeof value === "string") return [{ text: value }];
  return toList(value).filter(isRecord);
}

function toList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
