import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from "@ai-sdk/provider";
import type { AssistantPart, ReasoningPart, TextPart } from "../core/content.ts";
import type { JsonObject } from "../core/json.ts";
import { parseToolInput, toFreshId, toLegalToolName } from "./tool-input.ts";

type PartOf<Type> = Extract<LanguageModelV4StreamPart, { type: Type }>;

/** Collects a stream's parts into what the history keeps, in the order in which they began. */
export interface ContentGatherer {
  add(part: LanguageModelV4StreamPart): void;
  /** All so far, open blocks included. */
  toContent(): AssistantPart[];
}

interface Gathering {
  parts: AssistantPart[];
  /** Text and reasoning that still grow, by the stream's id. */
  open: Map<string, TextPart | ReasoningPart>;
  /** Ids of tool calls that no new one may repeat. */
  usedIds: Set<string>;
}

/** `usedIds`: the ids of the tool calls that the history holds already. */
export function createContentGatherer(usedIds: Iterable<string>): ContentGatherer {
  const gathering: Gathering = { parts: [], open: new Map(), usedIds: new Set(usedIds) };
  return {
    add: (part) => addPart(gathering, part),
    toContent: () => gathering.parts.filter((part) => isWorthKeeping(part)),
  };
}

// Left out: pieces of tool input come again, whole, in the tool-call; sources and files are never asked for.
function addPart(gathering: Gathering, part: LanguageModelV4StreamPart): void {
  if (part.type === "text-delta" || part.type === "reasoning-delta") append(gathering, part);
  else if (part.type === "text-start" || part.type === "reasoning-start") start(gathering, part);
  else if (part.type === "text-end" || part.type === "reasoning-end") end(gathering, part);
  else if (part.type === "tool-call") addToolCall(gathering, part);
  else if (part.type === "custom") addCustom(gathering, part);
}

function start({ parts, open }: Gathering, part: PartOf<"text-start" | "reasoning-start">): void {
  const begun: TextPart | ReasoningPart = {
    type: part.type === "text-start" ? "text" : "reasoning",
    text: "",
  };
  mergeMetadata(begun, part.providerMetadata);
  parts.push(begun);
  open.set(part.id, begun);
}

function append(gathering: Gathering, part: PartOf<"text-delta" | "reasoning-delta">): void {
  const type = part.type === "text-delta" ? "text-start" : "reasoning-start";
  if (!gathering.open.has(part.id)) start(gathering, { type, id: part.id });
  const growing = gathering.open.get(part.id);
  if (growing === undefined) return;
  growing.text += part.delta;
  mergeMetadata(growing, part.providerMetadata);
}

function end({ open }: Gathering, part: PartOf<"text-end" | "reasoning-end">): void {
  const ended = open.get(part.id);
  if (ended !== undefined) mergeMetadata(ended, part.providerMetadata);
  open.delete(part.id);
}

function addToolCall({ parts, usedIds }: Gathering, part: PartOf<"tool-call">): void {
  // The provider ran it itself: nothing of ours to run, and our history has no place for it.
  if (part.providerExecuted === true) return;
  const toolCallId = toFreshId(part.toolCallId, usedIds);
  usedIds.add(toolCallId);
  const call: AssistantPart = {
    type: "tool-call",
    toolCallId,
    toolName: toLegalToolName(part.toolName),
    ...parseToolInput(part.input),
  };
  mergeMetadata(call, part.providerMetadata);
  parts.push(call);
}

function addCustom({ parts }: Gathering, part: PartOf<"custom">): void {
  // The SDK's echo of the stream's head: never part of a request.
  if (part.kind === "anthropic.message_start") return;
  const custom: AssistantPart = { type: "custom", kind: part.kind };
  mergeMetadata(custom, part.providerMetadata);
  parts.push(custom);
}

/** A thinking block's signature comes after its text, in a piece of its own; later values win. */
function mergeMetadata(part: AssistantPart, metadata: SharedV4ProviderMetadata | undefined): void {
  if (metadata === undefined) return;
  const merged: Record<string, JsonObject> = { ...part.providerOptions };
  for (const [provider, values] of Object.entries(metadata)) {
    merged[provider] = { ...merged[provider], ...(values as JsonObject) };
  }
  part.providerOptions = merged;
}

/** Empty text is refused in a history ("text content blocks must contain non-whitespace text"). */
function isWorthKeeping(part: AssistantPart): boolean {
  if (part.type === "text") return part.text.trim() !== "";
  if (part.type === "reasoning") return part.text !== "" || part.providerOptions !== undefined;
  return true;
}
