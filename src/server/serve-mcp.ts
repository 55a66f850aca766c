import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallContext } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { baseHeaders } from "./base-headers.ts";
import type { Identity } from "./local-caller.ts";
import { readJsonObject } from "./read-body.ts";
import { abortWhenGone, type ServingRules } from "./serve-operation.ts";

/** Answers one request of the Model Context Protocol, its body read and its caller known. */
export type ServeMcp = (request: { request: Request; body: unknown; call: CallContext }) => Promise<Response>;

interface IncomingRequest {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  identity: Identity;
  request: Request;
}

const parseError = -32_700;
const invalidRequest = -32_600;

/** Door and caller are checked by now, as for REST; here are the limits of the body, and when a call ends. */
export async function serveMcp(
  mcp: ServeMcp,
  { incoming, outgoing, identity, request }: IncomingRequest,
  rules: ServingRules,
): Promise<Response> {
  const gone = abortWhenGone(outgoing);
  const body = incoming.method === "POST" ? await readBody(incoming) : undefined;
  if (body instanceof Response) return body;
  const ends = identity.ends === undefined ? [] : [identity.ends];
  const signal = AbortSignal.any([gone, rules.callsEnd, ...ends]);
  const response = await mcp({ request, body, call: { ...identity, signal } });
  for (const [name, value] of Object.entries(baseHeaders)) response.headers.set(name, value);
  return response;
}

/** Clients of the protocol read its own errors, not problem documents. */
async function readBody(incoming: IncomingMessage): Promise<unknown> {
  try {
    return await readJsonObject(incoming);
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    const { code, message, hint, status } = error;
    const data = { code, retryable: false, next: hint ?? "Send one JSON-RPC message." };
    const failure = { code: status === 400 ? parseError : invalidRequest, message, data };
    return new Response(JSON.stringify({ jsonrpc: "2.0", id: null, error: failure }), {
      status: status === 422 ? 400 : status,
      headers: { ...baseHeaders, "content-type": "application/json" },
    });
  }
}
