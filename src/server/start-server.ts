import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { hostname } from "node:os";
import { ProfclawError } from "../core/errors.ts";
import type { SessionId } from "../core/id.ts";
import type { Operation } from "../contract/define-operation.ts";
import type { HandlersOf, OperationTable, StreamsOf } from "../contract/implement.ts";
import { type AdminToken, createAccess, type Transport } from "./access.ts";
import { createApp, type Health } from "./app.ts";
import { closeAll } from "./close-servers.ts";
import { createHttpServer } from "./http-server.ts";
import { listenBesides, listenTcp, listenUnix, type TcpAddresses } from "./listen.ts";
import { toProblem, type ReportBug } from "./problem.ts";
import type { ServeMcp } from "./serve-mcp.ts";
import type { ImplementedOperation } from "./serve-operation.ts";

/** A bug that a request ran into: what to write to the log. */
export interface ServerFault {
  errorId: string;
  error: unknown;
}

/** What the edge needs; nothing here is read from the environment. */
export interface ServerOptions<Table extends OperationTable> {
  operations: Table;
  handlers: HandlersOf<Table>;
  streams: StreamsOf<Table>;
  adminToken: () => AdminToken;
  /** Null for a server without a Unix socket. */
  socketPath: string | null;
  listen: TcpAddresses;
  /** Ports of this machine that are served besides, where they are free. */
  alsoPorts?: readonly number[];
  version: string;
  health: () => Health;
  /** The answer of `/metrics`, in Prometheus' text format. */
  metrics: () => Promise<string>;
  log: (fault: ServerFault) => void;
  /** What answers `/mcp`. Left out, nothing does. */
  mcp?: ServeMcp;
  /** Whose a token other than the admin's is; null for nobody's. Left out, there are no others. */
  sessionOfToken?: (token: string) => Promise<SessionId | null>;
  /** The session whose command a process leads: it acts as that session. Left out, only markers count. */
  sessionOfCommand?(pid: number): string | null;
  /** Silence on a stream before a comment is sent. Default 15 s. */
  heartbeatMs?: number;
  /** Where processes are looked up. Default /proc. */
  procFolder?: string;
}

/** A server that runs. */
export interface RunningServer {
  port: number;
  /** One for each TCP address, as `http://127.0.0.1:3000`. */
  urls: string[];
  /** Those of `alsoPorts` that somebody else has. */
  takenPorts: number[];
  /** Takes no more requests, ends streams, gives running calls this long, then cuts them. */
  close(drainMs: number): Promise<void>;
}

/**
 * Serves a table of operations over HTTP, on TCP and on a Unix socket. Throws `port-taken` (naming the
 * holder) or `config-invalid` when it cannot listen.
 */
export async function startServer<Table extends OperationTable>(
  options: ServerOptions<Table>,
): Promise<RunningServer> {
  if (options.adminToken().text === "")
    throw new ProfclawError("config-invalid", "The admin token is empty.");
  const procFolder = options.procFolder ?? "/proc";
  const streamsEnd = new AbortController();
  const callsEnd = new AbortController();
  const newServer = createListeners(options, { streamsEnd: streamsEnd.signal, callsEnd: callsEnd.signal });
  const tcp = await listenTcp(options.listen, () => newServer("tcp"), procFolder);
  const also = (options.alsoPorts ?? []).filter((port) => port !== tcp.port);
  const besides = await listenBesides(also, () => newServer("tcp"));
  const servers = [...tcp.bound.map(({ server }) => server), ...besides.servers];
  try {
    if (options.socketPath !== null) {
      servers.push(await listenUnix(options.socketPath, () => newServer("unix")));
    }
  } catch (error) {
    await closeAll(servers, { drainMs: 0, callsEnd });
    throw error;
  }
  return {
    port: tcp.port,
    takenPorts: besides.taken,
    urls: tcp.bound.map(({ host }) => `http://${host.includes(":") ? `[${host}]` : host}:${tcp.port}`),
    close: (drainMs) => {
      streamsEnd.abort();
      return closeAll(servers, { drainMs, callsEnd });
    },
  };
}

interface EndSignals {
  streamsEnd: AbortSignal;
  callsEnd: AbortSignal;
}

function createListeners<Table extends OperationTable>(
  options: ServerOptions<Table>,
  signals: EndSignals,
): (transport: Transport) => Server {
  const isLoopback = options.listen.hosts.every(isLoopbackHost);
  const reportBug: ReportBug = (error) => {
    const errorId = randomUUID();
    options.log({ errorId, error });
    return errorId;
  };
  const app = createApp({
    implemented: implementTable(options),
    identify: createAccess({
      adminToken: options.adminToken,
      sessionOfToken: options.sessionOfToken ?? (async () => null),
      allowTokenless: isLoopback,
      uid: process.getuid?.() ?? null,
      procFolder: options.procFolder ?? "/proc",
      sessionOfCommand: (pid) => options.sessionOfCommand?.(pid) ?? null,
    }),
    version: options.version,
    health: options.health,
    metrics: options.metrics,
    reportBug,
    mcp: options.mcp ?? null,
    serving: {
      ...signals,
      heartbeatMs: options.heartbeatMs ?? 15_000,
      toProblem: (thrown) => toProblem(thrown, reportBug),
    },
  });
  const hosts = isLoopback ? [] : [...options.listen.hosts, hostname().toLowerCase()];
  return (transport) =>
    createHttpServer((request, env) => app.fetch(request, { ...env, transport }), { hosts, reportBug });
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Pairs each operation with its implementation. The schemas stand for the types that are dropped here. */
function implementTable<Table extends OperationTable>(options: ServerOptions<Table>): ImplementedOperation[] {
  const handlers = options.handlers as Record<string, ImplementedOperation["call"]>;
  const streams = options.streams as Record<string, ImplementedOperation["stream"]>;
  return Object.entries<Operation>(options.operations).map(([name, operation]) => {
    const call = handlers[name];
    if (call === undefined) throw new ProfclawError("config-invalid", `Operation ${name} has no handler.`);
    return { operation, call, stream: streams[name] ?? null };
  });
}
