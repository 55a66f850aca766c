import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { toAnswerEvents, toEventText } from "./answer-events.ts";
import { parseConversation, type Conversation } from "./conversation.ts";
import type { DemoTask } from "./demo-tasks.ts";
import { followPlan, type Answer } from "./plan.ts";

/** One request that the model got, and how far its answer came. */
export interface ModelCallRecord {
  task: string;
  turn: number;
  /** The session's result, and so its last turn. */
  isLast: boolean;
  inputTokens: number;
  outputTokens: number;
  /** `cut`: the asker went away before the end. */
  state: "streaming" | "completed" | "cut";
  startedAt: number;
  endedAt: number | null;
}

/** How slow it is, so that a person can watch. */
export interface Pace {
  thinkMs: number;
  chunkMs: number;
  chunkLength: number;
}

export interface SimulatedModel extends AsyncDisposable {
  /** For ANTHROPIC_BASE_URL. */
  url: string;
  calls: readonly ModelCallRecord[];
  /** Called before each piece of an answer goes out. */
  onPiece: () => void;
}

interface ModelState {
  tasks: readonly DemoTask[];
  pace: Pace;
  calls: ModelCallRecord[];
  model: SimulatedModel;
}

// The usual rule of thumb; these tokens are as simulated as the model.
const charsPerToken = 4;
const mostBodyBytes = 8 * 1024 * 1024;

/**
 * A stand-in for a model, on 127.0.0.1: it speaks the streaming Messages API of Anthropic, knows the
 * demo's tasks, and says nothing but what follows from the tool results in the request.
 */
export async function startSimulatedModel(tasks: readonly DemoTask[], pace: Pace): Promise<SimulatedModel> {
  const calls: ModelCallRecord[] = [];
  const model: SimulatedModel = {
    url: "",
    calls,
    onPiece: () => undefined,
    [Symbol.asyncDispose]: () => stopServer(server),
  };
  const state: ModelState = { tasks, pace, calls, model };
  const server = createServer((request, response) => {
    void serve(state, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return model;
}

async function stopServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function serve(state: ModelState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method !== "POST" || request.url !== "/v1/messages") {
      sendError(response, 404, "Only POST /v1/messages is simulated.");
      return;
    }
    const body = await readBody(request);
    await answer(state, { body, conversation: parseConversation(JSON.parse(body)) }, response);
  } catch (error) {
    // The asker may be gone; then nobody reads this, and that is all right.
    sendError(response, 400, error instanceof Error ? error.message : String(error));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("utf8");
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > mostBodyBytes) throw new Error("The body is too large.");
  }
  return body;
}

function sendError(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const type = status === 404 ? "not_found_error" : "invalid_request_error";
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ type: "error", error: { type, message } }));
}

async function answer(
  state: ModelState,
  { body, conversation }: { body: string; conversation: Conversation },
  response: ServerResponse,
): Promise<void> {
  const said = toAnswer(state.tasks, conversation);
  const record: ModelCallRecord = {
    task: conversation.task,
    turn: conversation.turn,
    isLast: said.calls.length === 0,
    inputTokens: Math.ceil(body.length / charsPerToken),
    outputTokens: Math.ceil((said.text.length + JSON.stringify(said.calls).length) / charsPerToken),
    state: "streaming",
    startedAt: performance.now(),
    endedAt: null,
  };
  state.calls.push(record);
  const messageId = `msg_simulated_${state.calls.length}`;
  response.once("close", () => {
    record.state = response.writableFinished ? "completed" : "cut";
    record.endedAt = performance.now();
  });
  await sleep(state.pace.thinkMs);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const { inputTokens, outputTokens } = record;
  const facts = { messageId, model: conversation.model, inputTokens, outputTokens, ...state.pace };
  for (const event of toAnswerEvents(said, facts)) {
    if (response.destroyed) return;
    state.model.onPiece();
    response.write(toEventText(event));
    if (event.type === "content_block_delta") await sleep(state.pace.chunkMs);
  }
  response.end();
}

function toAnswer(tasks: readonly DemoTask[], conversation: Conversation): Answer {
  const task = tasks.find((known) => known.task === conversation.task);
  if (task !== undefined) return followPlan(task.plan, conversation);
  const known = tasks.map((one) => `"${one.task}"`).join(", ");
  return { text: `I am a simulated model and know only these tasks: ${known}.`, calls: [] };
}
