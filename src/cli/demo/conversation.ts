import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";

/** A tool call that was answered: what was asked, and what the tool said. */
export interface ToolReply {
  tool: string;
  input: Record<string, JsonValue>;
  text: string;
  isError: boolean;
}

/** What a request to a model tells of its session; all that the simulated model knows. */
export interface Conversation {
  model: string;
  /** The first user message. */
  task: string;
  /** Counts from 1: the answers before this one, and this one. */
  turn: number;
  tools: string[];
  /** In the order of the calls. */
  replies: ToolReply[];
}

const textBlock = z.object({ type: z.literal("text"), text: z.string() });
const toolUse = z.object({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.json()),
});
const toolResult = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(textBlock)]).optional(),
  is_error: z.boolean().optional(),
});
const content = z.union([
  z.string(),
  z.array(z.discriminatedUnion("type", [textBlock, toolUse, toolResult])),
]);

/** The parts of an Anthropic Messages request that are read here. */
const messagesRequest = z.object({
  model: z.string(),
  stream: z.literal(true),
  messages: z.array(z.object({ role: z.enum(["user", "assistant"]), content })).min(1),
  tools: z.array(z.object({ name: z.string() })).optional(),
});

type Block = z.infer<typeof textBlock> | z.infer<typeof toolUse> | z.infer<typeof toolResult>;

/** A request's body as a conversation. Throws a ZodError for what is no streaming Messages request. */
export function parseConversation(body: unknown): Conversation {
  const request = messagesRequest.parse(body);
  const blocks = request.messages.flatMap((message) => toBlocks(message.content));
  const [first] = toBlocks(request.messages[0]?.content ?? "");
  return {
    model: request.model,
    task: first?.type === "text" ? first.text : "",
    turn: request.messages.filter(({ role }) => role === "assistant").length + 1,
    tools: (request.tools ?? []).map(({ name }) => name),
    replies: toReplies(blocks),
  };
}

function toBlocks(given: z.infer<typeof content>): Block[] {
  return typeof given === "string" ? [{ type: "text", text: given }] : given;
}

function toReplies(blocks: readonly Block[]): ToolReply[] {
  const results = new Map(
    blocks.flatMap((block) => (block.type === "tool_result" ? [[block.tool_use_id, block] as const] : [])),
  );
  return blocks.flatMap((block) => {
    const result = block.type === "tool_use" ? results.get(block.id) : undefined;
    if (block.type !== "tool_use" || result === undefined) return [];
    const text = toBlocks(result.content ?? "")
      .map((part) => (part.type === "text" ? part.text : ""))
      .join("");
    return [{ tool: block.name, input: block.input, text, isError: result.is_error === true }];
  });
}
