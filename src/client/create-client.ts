import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { Operations } from "../contract/operations.ts";
import { ProfclawError } from "../core/errors.ts";
import {
  type Connection,
  createConnection,
  type DaemonAddress,
  type Exchange,
  openExchange,
  readText,
} from "./connection.ts";
import { type FollowOptions, followEvents, type SessionEvent } from "./follow-events.ts";
import { DaemonLoss } from "./loss.ts";
import { type OutageWatch, persist } from "./persist.ts";
import { toProblemError } from "./problem.ts";
import { fillRoute, routes } from "./routes.ts";

type OperationName = keyof Operations;
export type InputOf<Name extends OperationName> = z.input<Operations[Name]["input"]>;
export type OutputOf<Name extends OperationName> = z.output<Operations[Name]["output"]>;

/** A method per operation of the contract, with its JSON as it is on the wire. They throw ProfclawErrors. */
export type Client = {
  [Name in OperationName]: (
    input: InputOf<Name>,
    options?: { signal?: AbortSignal },
  ) => Promise<OutputOf<Name>>;
} & {
  /** A session's journal, then live, over restarts of the daemon, to the session's end. */
  events(id: string, options?: FollowOptions): AsyncIterable<SessionEvent>;
  /** Closes its sockets; calls under way fail. */
  close(): void;
};

export interface ClientOptions {
  /** How long calls outlast a daemon that restarts, ms. Default 30,000. */
  patienceMs?: number;
  watch?: OutageWatch;
  /** W3C Trace Context: sent with every call, and the parent of what it starts. */
  traceparent?: string;
}

type Caller = (name: OperationName, input: Record<string, unknown>, signal?: AbortSignal) => Promise<unknown>;

/** Longer than the longest wait that the daemon grants one call. */
const answerWithinMs = 90_000;
const defaultPatienceMs = 30_000;

/**
 * A client of one daemon. Calls are repeated while the daemon restarts: a spawn carries an idempotency
 * key, so that the repetition starts nothing twice.
 */
export function createClient(address: DaemonAddress, options: ClientOptions = {}): Client {
  const connection = createConnection(address, options.traceparent);
  const closing = new AbortController();
  const persistence = {
    patienceMs: options.patienceMs ?? defaultPatienceMs,
    watch: options.watch ?? {},
    address: connection.address,
  };
  const call: Caller = (name, input, given) => {
    // A call that is cut by close() must not look like a daemon that went away.
    const signal = given === undefined ? closing.signal : AbortSignal.any([closing.signal, given]);
    const exchange = toExchange(name, input);
    const patienceMs = once.has(name) ? 0 : persistence.patienceMs;
    const attempt = () => exchangeOnce(connection, { ...exchange, signal });
    return persist(attempt, { ...persistence, patienceMs, signal });
  };
  const methods = Object.fromEntries(
    (Object.keys(routes) as OperationName[]).map((name) => [
      name,
      (input: Record<string, unknown>, chosen?: { signal?: AbortSignal }) =>
        call(name, input, chosen?.signal),
    ]),
  ) as unknown as Pick<Client, OperationName>;
  return {
    ...methods,
    events: (id, chosen = {}) =>
      followEvents(
        { connection, persistence, getStatus: async (of) => (await methods.getSession({ id: of })).status },
        id,
        chosen,
      ),
    close() {
      closing.abort();
      connection.agent.destroy();
    },
  };
}

/**
 * Never repeated: the daemon that is stopped must not be waited for, a test would be paid twice, and a token that
 * was rotated is refused by now.
 */
const once: ReadonlySet<OperationName> = new Set(["stopDaemon", "testProvider", "rotateToken"]);

/** What must not happen twice when its answer is lost. */
const keyed: ReadonlySet<OperationName> = new Set([
  "createSessions",
  "sendMessage",
  "resumeSession",
  "retrySession",
  "forkSession",
  "whisper",
  "broadcast",
  "ask",
  "readInbox",
  "waitForMail",
  "distill",
]);

function toExchange(name: OperationName, input: Record<string, unknown>) {
  const route = routes[name];
  const needsKey = keyed.has(name) && input["dry_run"] !== true;
  if (!needsKey) return { method: route.method, ...fillRoute(route, input) };
  const idempotency_key = input["idempotency_key"] ?? newKey();
  return { method: route.method, ...fillRoute(route, { ...input, idempotency_key }) };
}

/** Unlike every other; no secret. A UUID would take a short command 4 ms: they bring node:crypto. */
function newKey(): string {
  const parts = Array.from({ length: 3 }, () => Math.random().toString(36).slice(2));
  return parts.join("-");
}

async function exchangeOnce(
  connection: Connection,
  exchange: { method: string; target: string; body: string | undefined; signal: AbortSignal | undefined },
): Promise<unknown> {
  const deadline = AbortSignal.timeout(answerWithinMs);
  const signal = exchange.signal === undefined ? deadline : AbortSignal.any([exchange.signal, deadline]);
  const { response, text } = await readAnswer(connection, { ...exchange, signal }).catch((error: unknown) => {
    throw error === deadline.reason ? toSilence(connection.address) : error;
  });
  const status = response.statusCode ?? 500;
  if (status < 400) return isText(response) ? text : (JSON.parse(text) as unknown);
  const problem = toProblemError(status, text);
  // A daemon that drains still answers, but takes nothing any more.
  if (problem.code === "daemon-unreachable") throw new DaemonLoss(problem, false);
  throw problem;
}

async function readAnswer(connection: Connection, exchange: Exchange) {
  const headers = { accept: "application/json, text/plain" };
  const response = await openExchange(connection, { ...exchange, headers });
  return { response, text: await readText(response, exchange.signal) };
}

/** Not a loss: it may still act on the request, and would on each repetition. */
function toSilence(address: string): ProfclawError {
  const text = `The daemon at ${address} took the request and has not answered for ${answerWithinMs / 1000} s.`;
  return new ProfclawError("daemon-unreachable", text, { hint: "Look at it: profclaw doctor" });
}

function isText(response: IncomingMessage): boolean {
  return (response.headers["content-type"] ?? "").startsWith("text/plain");
}
