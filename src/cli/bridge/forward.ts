import type { IncomingMessage } from "node:http";
import { randomId } from "../../core/id.ts";
import { type Connection, openExchange, readText } from "../../client/connection.ts";
import { parseEventStream } from "../../client/event-stream.ts";
import { DaemonLoss, toLoss } from "../../client/loss.ts";
import { type OutageWatch, persist } from "../../client/persist.ts";
import { toProblemError } from "../../client/problem.ts";
import { findVersion, isRecord, type Message, toRoutingHeaders } from "./message.ts";

/** Where messages go, and how long one outlasts a daemon that is away. */
export interface Forwarding {
  connection: Connection;
  /** Path and query of the daemon's endpoint. */
  target: string;
  /** Who sends. */
  headersOf: (message: Message) => Record<string, string>;
  patienceMs: number;
  watch: OutageWatch;
}

/** Sends one message and hands on all that comes back, in its order. */
export type Forward = (
  message: Message,
  options: { signal: AbortSignal; onMessage: (text: string) => void },
) => Promise<void>;

/**
 * Forwards messages to the daemon. One whose answer is lost is sent again, with the key it had: nothing is
 * done twice. Throws ProfclawErrors.
 */
export function createForward(forwarding: Forwarding): Forward {
  const { connection, target, headersOf, patienceMs, watch } = forwarding;
  // The version that `initialize` agreed on: later messages of older clients do not say it.
  let agreed: string | undefined;
  return async (message, { signal, onMessage }) => {
    const version = findVersion(message) ?? agreed;
    const headers = {
      accept: "application/json, text/event-stream",
      "idempotency-key": `mcp-${randomId()}`,
      ...headersOf(message),
      ...toRoutingHeaders(message),
      ...(version === undefined || message.method === "initialize"
        ? {}
        : { "mcp-protocol-version": version }),
    };
    const deliver = (text: string): void => {
      if (message.method === "initialize") agreed = findAgreed(text) ?? agreed;
      onMessage(text);
    };
    const exchange = { method: "POST", target, headers, body: JSON.stringify(message), signal };
    await persist(() => exchangeOnce(connection, exchange, { message, deliver }), {
      patienceMs,
      watch,
      signal,
      address: connection.address,
    });
  };
}

type Exchange = Parameters<typeof openExchange>[1] & { signal: AbortSignal };

async function exchangeOnce(
  connection: Connection,
  exchange: Exchange,
  { message, deliver }: { message: Message; deliver: (text: string) => void },
): Promise<void> {
  const response = await openExchange(connection, exchange);
  if ((response.headers["content-type"] ?? "").startsWith("text/event-stream")) {
    return readStream(response, exchange.signal, { message, deliver });
  }
  const text = await readText(response, exchange.signal);
  if (text === "") return;
  if (isMessage(text)) return deliver(text);
  const problem = toProblemError(response.statusCode ?? 500, text);
  // A daemon that drains still answers, but takes nothing any more.
  throw problem.code === "daemon-unreachable" ? new DaemonLoss(problem, false) : problem;
}

async function readStream(
  response: IncomingMessage,
  signal: AbortSignal,
  { message, deliver }: { message: Message; deliver: (text: string) => void },
): Promise<void> {
  response.setEncoding("utf8");
  let isAnswered = message.id === undefined;
  try {
    for await (const { data } of parseEventStream(response)) {
      isAnswered ||= isAnswerTo(message, data);
      deliver(data);
    }
  } catch (error) {
    throw toLoss(error, { signal, reusedSocket: false });
  }
  if (!isAnswered) throw new DaemonLoss(new Error("the stream ended without an answer"), false);
}

function isAnswerTo({ id }: Message, text: string): boolean {
  const value = parse(text);
  return isRecord(value) && value["id"] === id && ("result" in value || "error" in value);
}

function isMessage(text: string): boolean {
  const value = parse(text);
  return isRecord(value) && value["jsonrpc"] === "2.0";
}

function findAgreed(text: string): string | undefined {
  const value = parse(text);
  const result = isRecord(value) ? value["result"] : undefined;
  const version = isRecord(result) ? result["protocolVersion"] : undefined;
  return typeof version === "string" ? version : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
