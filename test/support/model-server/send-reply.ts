import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer } from "./answer.ts";
import type { JsonRecord, ParsedRequest, Reply, Wire } from "./reply.ts";
import { writeAnthropic, writeAnthropicError } from "./write-anthropic.ts";
import { writeChat, writeChatError } from "./write-chat.ts";
import { toGeminiError, writeGemini, writeGeminiError } from "./write-gemini.ts";
import { writeResponses, writeResponsesError } from "./write-responses.ts";

/** How a request ended, seen from the server. */
export type Outcome = "answered" | "refused" | "broken-off" | "client-closed";

export interface Sending {
  response: ServerResponse;
  request: ParsedRequest;
  reply: Reply;
  answer: Answer;
}

const malformedFrame = 'data: {"type": "content_block_delta", broken\n\n';

/** Writes a reply with all its delays and accidents. Never throws; a gone client ends it. */
export async function sendReply(sending: Sending): Promise<Outcome> {
  const { response, reply, request } = sending;
  if (reply.hang) return await waitForClose(response);
  if (reply.delayMs !== undefined) await pause(reply.delayMs, response);
  if (response.destroyed) return "client-closed";
  if (reply.status !== undefined && reply.status !== 200) return sendError(response, reply, request.wire);
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    ...reply.headers,
  });
  return await sendFrames(sending, toFrames(sending));
}

async function sendFrames({ response, reply }: Sending, frames: readonly string[]): Promise<Outcome> {
  for (const [index, frame] of frames.entries()) {
    if (response.destroyed) return "client-closed";
    const accident = toAccident(reply, index);
    if (accident === "stall") return await waitForClose(response);
    if (accident !== null) return breakOff(response, accident);
    response.write(frame);
    if (reply.chunkDelayMs !== undefined) await pause(reply.chunkDelayMs, response);
  }
  if (response.destroyed) return "client-closed";
  response.end();
  return reply.errorAfterChunks === undefined && reply.malformed === undefined ? "answered" : "broken-off";
}

function toAccident(reply: Reply, index: number): "stall" | "cut" | "end" | null {
  if (reply.stallAfterChunks === index) return "stall";
  if (reply.cutAfterChunks === index) return "cut";
  return reply.endAfterChunks === index ? "end" : null;
}

function breakOff(response: ServerResponse, how: "cut" | "end"): Outcome {
  if (how === "end") response.end();
  // After what was written has left, or the client would not see the first part.
  else setImmediate(() => response.destroy());
  return "broken-off";
}

function toFrames({ request, reply, answer }: Sending): string[] {
  const frames = writeFrames(request, answer);
  if (reply.errorAfterChunks !== undefined) {
    return [...frames.slice(0, reply.errorAfterChunks), writeError(request.wire, reply)];
  }
  if (reply.malformed === undefined) return frames;
  const at = reply.malformed === true ? 2 : reply.malformed;
  return [...frames.slice(0, at), malformedFrame, ...frames.slice(at)];
}

function writeFrames(request: ParsedRequest, answer: Answer): string[] {
  if (request.wire === "anthropic") return writeAnthropic(answer);
  if (request.wire === "gemini") return writeGemini(answer);
  return request.wire === "openai-chat" ? writeChat(answer, request) : writeResponses(answer);
}

function writeError(wire: Wire, { error }: Reply): string {
  const message = error?.message ?? "Overloaded";
  if (wire === "anthropic") return writeAnthropicError(error?.type ?? "overloaded_error", message);
  if (wire === "gemini") return writeGeminiError(message);
  const type = error?.type ?? "server_error";
  return wire === "openai-chat" ? writeChatError(type, message) : writeResponsesError(type, message);
}

const errorTypes: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

/** An error answer in the shape of the wire. */
export function sendError(response: ServerResponse, reply: Reply, wire: Wire): Outcome {
  const status = reply.status ?? 500;
  const type =
    reply.error?.type ?? errorTypes[status] ?? (wire === "anthropic" ? "api_error" : "server_error");
  const message = reply.error?.message ?? `scripted ${status}`;
  const bodies: Partial<Record<Wire, JsonRecord>> = {
    anthropic: { type: "error", error: { type, message } },
    gemini: toGeminiError(status, message),
  };
  const body = bodies[wire] ?? { error: { type, message, code: type, param: null } };
  response.writeHead(status, { "content-type": "application/json", ...reply.headers });
  response.end(reply.body ?? JSON.stringify(body));
  return "refused";
}

function waitForClose(response: ServerResponse): Promise<Outcome> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve("client-closed");
    else response.once("close", () => resolve("client-closed"));
  });
}

/** Ends early when the client goes away. */
async function pause(ms: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once("close", onClose);
  await delay(ms, undefined, { signal: gone.signal }).catch(() => {});
  response.off("close", onClose);
}
