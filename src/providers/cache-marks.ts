import type { LanguageModelV4Prompt, SharedV4ProviderOptions } from "@ai-sdk/provider";

const mark: SharedV4ProviderOptions = { anthropic: { cacheControl: { type: "ephemeral" } } };

/**
 * Marks where Anthropic shall cache, three of the four places it allows: after the system text (tools
 * come before it and are cached with it), after the newest message, and after the one before that the
 * user or a tool wrote, which the last call left in the cache: the API looks back only 20 blocks from a
 * mark (docs.anthropic.com, "Prompt caching"). Any other provider's prompt comes back as it is: they
 * cache by themselves or not at all. Pure; the prompt given is not changed.
 */
export function withCacheMarks(prompt: LanguageModelV4Prompt, provider: string): LanguageModelV4Prompt {
  if (provider !== "anthropic") return prompt;
  const marked = new Set<number>();
  const lastSystem = prompt.findLastIndex((message) => message.role === "system");
  if (lastSystem !== -1) marked.add(lastSystem);
  for (const index of findLastInputs(prompt)) marked.add(index);
  return prompt.map((message, index) =>
    marked.has(index)
      ? Object.assign({}, message, { providerOptions: mergeMark(message.providerOptions) })
      : message,
  );
}

/** The ends of the last two groups of messages that are not the model's; a group is one turn's input. */
function findLastInputs(prompt: LanguageModelV4Prompt): number[] {
  const isInput = (index: number): boolean =>
    prompt[index]?.role === "user" || prompt[index]?.role === "tool";
  return prompt
    .map((_, index) => index)
    .filter((index) => isInput(index) && !isInput(index + 1))
    .slice(-2);
}

function mergeMark(options: SharedV4ProviderOptions | undefined): SharedV4ProviderOptions {
  return { ...options, anthropic: { ...options?.["anthropic"], ...mark["anthropic"] } };
}
