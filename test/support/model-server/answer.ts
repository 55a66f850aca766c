import { createHash } from "node:crypto";
import type { Json, JsonRecord, ParsedRequest, Reply, TokensGiven } from "./reply.ts";

/** A reply made concrete: ids given, usage counted. What the three writers put on their wires. */
export interface Answer {
  id: string;
  model: string;
  thinking: string | null;
  signature: string;
  redactedThinking: string | null;
  text: string | null;
  toolCalls: { id: string; name: string; inputJson: string; namespace?: string }[];
  stop: "stop" | "length" | "content-filter" | "tool-calls";
  usage: TokensGiven | null;
  rawUsage: JsonRecord | null;
  pieces: number;
  pings: number;
}

/** Ids count up over the server's life, so that none is ever given twice by accident. */
export function toAnswer(request: ParsedRequest, reply: Reply, nextId: () => number): Answer {
  const toolCalls = (reply.toolCalls ?? []).map((call) => ({
    id: call.id ?? `${request.wire === "anthropic" ? "toolu" : "call"}_${nextId()}`,
    name: call.name,
    inputJson: call.inputJson ?? JSON.stringify(call.input ?? {}),
    ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
  }));
  const thinking = reply.thinking ?? null;
  return {
    id: `msg_${nextId()}`,
    model: request.model,
    thinking,
    signature: toSignature(thinking ?? "", request.model),
    redactedThinking: reply.redactedThinking ?? null,
    text: reply.text ?? (toolCalls.length === 0 ? "" : null),
    toolCalls,
    stop: reply.stop ?? (toolCalls.length > 0 ? "tool-calls" : "stop"),
    usage: reply.usage === null ? null : toTokens(request, reply),
    rawUsage: reply.rawUsage ?? null,
    pieces: Math.max(1, reply.chunks ?? 3),
    pings: reply.pings ?? 1,
  };
}

/** Bound to the text, so that a changed one shows. */
function toSignature(thinking: string, model: string): string {
  return `sig-${createHash("sha256").update(`${model}|${thinking}`).digest("base64url")}`;
}

function toTokens(request: ParsedRequest, reply: Reply): TokensGiven {
  const answered = [reply.thinking, reply.text, JSON.stringify(reply.toolCalls ?? "")].join("");
  return {
    inputTokens: Math.ceil(JSON.stringify(request.body).length / 4),
    outputTokens: Math.max(1, Math.ceil(answered.length / 4)),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    ...reply.usage,
  };
}

/** A text cut into that many pieces of about the same length; at least one, even if empty. */
export function toPieces(text: string, count: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / count));
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces.length > 0 ? pieces : [""];
}

/** One server-sent event. */
export function toEvent(data: Json, name?: string): string {
  const head = name === undefined ? "" : `event: ${name}\n`;
  return `${head}data: ${JSON.stringify(data)}\n\n`;
}
