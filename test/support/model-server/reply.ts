import type { IncomingHttpHeaders } from "node:http";

export type Wire = "anthropic" | "openai-chat" | "openai-responses" | "gemini";

/** Loose JSON, as a test reads it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonRecord = { [key: string]: Json };

export interface ToolResultSeen {
  id: string;
  text: string;
  isError: boolean;
}

/** One request as a script wants to see it, the same for every wire. */
export interface ParsedRequest {
  wire: Wire;
  path: string;
  model: string;
  system: string;
  firstUserText: string;
  lastUserText: string;
  /** Assistant turns already in the history: 0 on the first call of a session. */
  turn: number;
  toolNames: string[];
  /** Results that the newest message brings. */
  toolResults: ToolResultSeen[];
  messages: Json[];
  body: JsonRecord;
  headers: IncomingHttpHeaders;
}

/** Counts in one meaning for all wires: `inputTokens` is the total, cache included. */
export interface TokensGiven {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

interface ToolCallReply {
  name: string;
  input?: JsonRecord;
  /** Sent as it stands instead of `input`: for broken JSON. */
  inputJson?: string;
  /** Responses only: the group that the tool is offered in. */
  namespace?: string;
  /** To force a repeated id; else every call gets one of its own. */
  id?: string;
}

/** What the server does with a request. Left out fields mean: a quick, well-formed answer. */
export interface Reply {
  thinking?: string;
  /** Anthropic only: an encrypted thinking block. */
  redactedThinking?: string;
  text?: string;
  toolCalls?: ToolCallReply[];
  /** Default: one token per four characters of request and answer. null: the answer names no usage. */
  usage?: Partial<TokensGiven> | null;
  /** Sent as it stands, and not booked in the ledger: for absurd numbers. */
  rawUsage?: JsonRecord;
  stop?: "stop" | "length" | "content-filter" | "tool-calls";
  /** Before the headers. */
  delayMs?: number;
  /** Into how many deltas each text is split. Default 3. */
  chunks?: number;
  chunkDelayMs?: number;
  /** Anthropic only: ping events before the content. Default 1. */
  pings?: number;
  /** Not 200: an error answer in the wire's own shape, unless `body` is given. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  error?: { type?: string; message?: string };
  /** An error event (`error`) inside the 200 stream after that many events. */
  errorAfterChunks?: number;
  /** The socket is destroyed after that many events. */
  cutAfterChunks?: number;
  /** The stream ends properly, but early, after that many events. */
  endAfterChunks?: number;
  /** After that many events comes one that is not JSON; true: after two. */
  malformed?: number | true;
  /** Nothing more comes after that many events, and the socket stays open. */
  stallAfterChunks?: number;
  /** Not even headers. */
  hang?: boolean;
}

/** A script decides every answer; it may keep state of its own. */
export type ModelScript = (request: ParsedRequest) => Reply | Promise<Reply>;
