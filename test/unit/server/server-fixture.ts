import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { CallContext, HandlersOf, OperationTable, StreamsOf } from "../../../src/contract/implement.ts";
import type { AdminToken } from "../../../src/server/access.ts";
import {
  startServer,
  type RunningServer,
  type ServerFault,
  type ServerOptions,
} from "../../../src/server/start-server.ts";

export const adminToken = "admin-token-of-this-test";

/** A server of the test's own table, with what it logged. */
export interface TestServer extends RunningServer {
  socketPath: string;
  faults: ServerFault[];
}

/** A token that is never replaced. */
export function toToken(token: string): () => AdminToken {
  const { signal } = new AbortController();
  return () => ({ text: token, replaced: signal });
}

/** Starts a server on a free port and a socket in a folder of its own; closed when the test ends. */
export async function startTestServer<Table extends OperationTable>(
  options: Pick<ServerOptions<Table>, "operations" | "handlers" | "streams"> & Partial<ServerOptions<Table>>,
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-server-"));
  const socketPath = join(folder, "daemon.sock");
  const faults: ServerFault[] = [];
  const server = await startServer<Table>({
    adminToken: toToken(adminToken),
    socketPath,
    listen: { port: 0, hosts: ["127.0.0.1", "::1"], fallbackToFreePort: false },
    version: "0.0.0-test",
    health: () => ({ ready: true, reason: null }),
    metrics: () => Promise.resolve("metric 1\n"),
    log: (fault) => faults.push(fault),
    ...options,
  });
  atEnd(async () => {
    await server.close(0);
    rmSync(folder, { recursive: true });
  });
  return { ...server, socketPath, faults };
}

const echo = async (input: unknown, { caller }: CallContext) => ({ input, caller });

async function* echoOnce(input: unknown, { caller }: CallContext) {
  yield { id: "1", event: "echo", data: { input, caller } };
}

/** Handlers that answer who called and with what, for every operation of a table. */
export function echoHandlers<Table extends OperationTable>(table: Table): HandlersOf<Table> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, echo])) as unknown as HandlersOf<Table>;
}

/** Streams of one event that says who called and with what. */
export function echoStreams<Table extends OperationTable>(table: Table): StreamsOf<Table> {
  const names = Object.keys(table).filter((name) => table[name]?.kind === "stream");
  return Object.fromEntries(names.map((name) => [name, echoOnce])) as unknown as StreamsOf<Table>;
}

export interface TestRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Default 127.0.0.1. */
  via?: "tcp" | "unix" | "::1";
}

export interface TestAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed body; an empty object where it is not JSON. */
  json: Record<string, unknown>;
}

/** Sends one request on a connection of its own. node:http, since fetch does not let one choose Host. */
export async function send(server: TestServer, sent: TestRequest): Promise<TestAnswer> {
  const method = sent.method ?? (sent.body === undefined ? "GET" : "POST");
  const isWrite = method === "POST" || method === "PUT";
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({
      ...(sent.via === "unix"
        ? { socketPath: server.socketPath }
        : { host: sent.via === "::1" ? "::1" : "127.0.0.1", port: server.port }),
      method,
      path: sent.path,
      headers: { ...(isWrite ? { "content-type": "application/json" } : {}), ...sent.headers },
      agent: false,
    });
    outgoing.once("response", resolve).once("error", reject);
    outgoing.end(sent.body);
  });
  const body = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: body,
    json: /json/.test(response.headers["content-type"] ?? "") && body !== "" ? JSON.parse(body) : {},
  };
}
