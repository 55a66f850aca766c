import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toAnswer } from "./answer.ts";
import { checkAnthropic, toThinkingMark } from "./check-anthropic.ts";
import { checkGemini } from "./check-gemini.ts";
import { checkChat, checkResponses } from "./check-openai.ts";
import { isRecord } from "./json.ts";
import { parseRequest } from "./parse-request.ts";
import type { Json, JsonRecord, ModelScript, ParsedRequest, Reply, Wire } from "./reply.ts";
import { type Outcome, sendError, sendReply } from "./send-reply.ts";
import { createTokenLedger, type ModelTotals } from "./token-ledger.ts";

interface RecordedRequest extends ParsedRequest {
  number: number;
  /** Date.now() when it was read, and when its answer was over. */
  startedAt: number;
  endedAt: number | null;
  outcome: Outcome | null;
  /** Requests in flight when it came, itself included. */
  concurrency: number;
  violations: string[];
}

export interface ModelServerOptions {
  script: ModelScript;
  port?: number;
  /** False for long benches: bodies and messages are dropped once answered. */
  keepBodies?: boolean;
  /** Names that `GET /api/tags` answers, and which are called without a key, as with Ollama. Default none. */
  installed?: readonly string[];
}

export interface ModelServer {
  /** Without a path: every wire hangs below it. */
  url: string;
  anthropicUrl: string;
  openaiUrl: string;
  groqUrl: string;
  readonly requests: RecordedRequest[];
  readonly inFlight: number;
  readonly maxConcurrent: number;
  /** Sockets opened to it so far. */
  readonly connections: number;
  /** What real APIs would have refused, with the request's number. Empty in a sane test. */
  readonly violations: string[];
  /** Booked when an answer was given whole, usage and all. */
  tokensGiven(): Record<string, ModelTotals>;
  setScript(script: ModelScript): void;
  setInstalled(names: readonly string[]): void;
  close(): Promise<void>;
}

const wires: Record<string, Wire> = {
  "/v1/messages": "anthropic",
  "/v1/chat/completions": "openai-chat",
  "/openai/v1/chat/completions": "openai-chat",
  "/v1/responses": "openai-responses",
};

function toWire(path: string): Wire | undefined {
  return /^\/v1beta\/models\/[^/]+:streamGenerateContent$/.test(path) ? "gemini" : wires[path];
}

/**
 * A model on loopback that answers what its script says, speaks four wires and refuses (400) what
 * the real APIs would refuse. GET /__requests, /__ledger and /__violations serve other processes.
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const state = createState(options);
  const server = createServer((incoming, response) => {
    route(state, incoming, response).catch((error: unknown) => {
      state.violations.push(`the model server itself failed: ${String(error)}`);
      response.destroy();
    });
  });
  // Clients keep sockets open longer than tests run.
  server.keepAliveTimeout = 60_000;
  server.on("connection", () => {
    state.connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    anthropicUrl: url,
    openaiUrl: `${url}/v1`,
    groqUrl: `${url}/openai/v1`,
    requests: state.requests,
    violations: state.violations,
    get inFlight() {
      return state.inFlight;
    },
    get maxConcurrent() {
      return state.maxConcurrent;
    },
    get connections() {
      return state.connections;
    },
    tokensGiven: () => state.ledger.totals(),
    setScript(script) {
      state.script = script;
    },
    setInstalled(names) {
      state.installed = names;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface ServerState {
  script: ModelScript;
  keepBodies: boolean;
  installed: readonly string[];
  requests: RecordedRequest[];
  violations: string[];
  inFlight: number;
  maxConcurrent: number;
  connections: number;
  lastId: number;
  ledger: ReturnType<typeof createTokenLedger>;
  thinkingGiven: Map<string, string[]>;
}

function createState(options: ModelServerOptions): ServerState {
  return {
    script: options.script,
    keepBodies: options.keepBodies ?? true,
    installed: options.installed ?? [],
    requests: [],
    violations: [],
    inFlight: 0,
    maxConcurrent: 0,
    connections: 0,
    lastId: 0,
    ledger: createTokenLedger(),
    thinkingGiven: new Map(),
  };
}

async function route(state: ServerState, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (incoming.url ?? "").split("?")[0] ?? "";
  if (incoming.method === "GET") return sendSideChannel(state, path, response);
  const wire = toWire(path);
  const body = await readJson(incoming);
  if (wire === undefined) {
    state.violations.push(`no such path: ${path}`);
    sendError(response, { status: 404, error: { message: `no such path: ${path}` } }, "openai-chat");
    return;
  }
  if (body === undefined) {
    state.violations.push(`${path}: the body is not a JSON object`);
    sendError(response, { status: 400, error: { message: "the body is not a JSON object" } }, wire);
    return;
  }
  const parsed = parseRequest({ wire, path, body, headers: incoming.headers });
  await serve(state, parsed, response);
}

async function serve(state: ServerState, parsed: ParsedRequest, response: ServerResponse): Promise<void> {
  const record = startRecord(state, parsed);
  try {
    record.outcome = await answer(state, record, response);
  } finally {
    record.endedAt = Date.now();
    state.inFlight -= 1;
    if (!state.keepBodies) Object.assign(record, { body: {}, messages: [] });
  }
}

function startRecord(state: ServerState, parsed: ParsedRequest): RecordedRequest {
  state.inFlight += 1;
  state.maxConcurrent = Math.max(state.maxConcurrent, state.inFlight);
  const record: RecordedRequest = {
    ...parsed,
    number: state.requests.length + 1,
    startedAt: Date.now(),
    endedAt: null,
    outcome: null,
    concurrency: state.inFlight,
    violations: findViolations(state, parsed),
  };
  state.requests.push(record);
  state.violations.push(...record.violations.map((text) => `request ${record.number}: ${text}`));
  return record;
}

function findViolations(state: ServerState, parsed: ParsedRequest): string[] {
  if (parsed.wire === "anthropic") return checkAnthropic(parsed, state.thinkingGiven);
  if (parsed.wire === "gemini") return checkGemini(parsed, state.thinkingGiven);
  return parsed.wire === "openai-chat" ? checkChat(parsed) : checkResponses(parsed);
}

async function answer(
  state: ServerState,
  record: RecordedRequest,
  response: ServerResponse,
): Promise<Outcome> {
  if (!hasKey(record) && !isOllama(state, record)) {
    return sendError(response, { status: 401, error: { message: "invalid x-api-key" } }, record.wire);
  }
  if (record.violations.length > 0) {
    const error = { message: record.violations.join("; ") };
    return sendError(response, { status: 400, error }, record.wire);
  }
  const reply = await state.script(record);
  const made = toAnswer(record, reply, () => (state.lastId += 1));
  rememberThinking(state, record.wire, made);
  const outcome = await sendReply({ response, request: record, reply, answer: made });
  if (outcome === "answered" && made.usage !== null && made.rawUsage === null) {
    state.ledger.book(record.model, made.usage);
  }
  return outcome;
}

/** That one asks for no key. */
function isOllama({ installed }: ServerState, { model }: ParsedRequest): boolean {
  return installed.includes(model);
}

function hasKey({ headers, wire }: ParsedRequest): boolean {
  if (wire === "gemini") return (headers["x-goog-api-key"] ?? "") !== "";
  const bearer = headers.authorization ?? "";
  const key = wire === "anthropic" ? (headers["x-api-key"] ?? bearer) : bearer.replace(/^Bearer /, "");
  return key !== "";
}

function rememberThinking(state: ServerState, wire: Wire, made: ReturnType<typeof toAnswer>): void {
  const marks: JsonRecord[] = [];
  if (wire === "gemini") {
    const [signed] = made.toolCalls;
    if (signed !== undefined) state.thinkingGiven.set(signed.id, [made.signature]);
    return;
  }
  if (made.thinking !== null) {
    marks.push({ type: "thinking", thinking: made.thinking, signature: made.signature });
  }
  if (made.redactedThinking !== null) {
    marks.push({ type: "redacted_thinking", data: made.redactedThinking });
  }
  const firstCall = made.toolCalls[0];
  if (firstCall !== undefined && marks.length > 0) {
    state.thinkingGiven.set(
      firstCall.id,
      marks.map((mark) => toThinkingMark(mark)),
    );
  }
}

function sendSideChannel(state: ServerState, path: string, response: ServerResponse): void {
  const answers: Record<string, () => unknown> = {
    "/__requests": () => ({
      inFlight: state.inFlight,
      maxConcurrent: state.maxConcurrent,
      requests: state.requests,
    }),
    "/__ledger": () => state.ledger.totals(),
    "/__violations": () => state.violations,
    // As Ollama tells what is installed (docs.ollama.com, "List models").
    "/api/tags": () => ({ models: state.installed.map((name) => ({ name, model: name, size: 1 })) }),
  };
  const find = answers[path];
  response.writeHead(find === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(find === undefined ? { error: "not found" } : find()));
}

async function readJson(incoming: IncomingMessage): Promise<JsonRecord | undefined> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  try {
    const value = JSON.parse(Buffer.concat(pieces).toString("utf8")) as Json;
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A script that plays its replies one after the other, and the last one from then on. */
export function playReplies(...replies: [Reply, ...Reply[]]): ModelScript {
  let next = 0;
  return () => {
    const reply = replies[Math.min(next, replies.length - 1)] ?? replies[0];
    next += 1;
    return reply;
  };
}
