import type { CallToolResult, Transport } from "@modelcontextprotocol/client";
import type { McpServer } from "../../config/mcp-servers.ts";
import type { JsonObject } from "../../core/json.ts";

/** Where a session's servers run. */
export interface ServerPlace {
  sessionId: string;
  cwd: string;
  path: string;
  version: string;
}

/** A tool as its server tells of it. */
export interface ServerTool {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

/** A connection that stands. */
export interface ServerLink {
  readonly tools: readonly ServerTool[];
  /** Why it is over; null while it stands. */
  ended(): string | null;
  /** Rejects when the server ends, or says no by the protocol, or is silent for too long. */
  call(name: string, input: JsonObject, signal: AbortSignal): Promise<CallToolResult>;
  close(): Promise<void>;
}

const connectMs = 30_000;
const callMs = 120_000;
const mostTools = 200;

/** Starts or reaches a server, shakes hands and reads its tools. Rejects with what is wrong with it. The SDK is loaded by the first. */
export async function connectServer(server: McpServer, place: ServerPlace): Promise<ServerLink> {
  const { Client } = await import("@modelcontextprotocol/client");
  let reason: string | null = null;
  const transport = await openTransport(server, place, (why) => (reason ??= why));
  const client = new Client({ name: "profclaw", version: place.version });
  const limits = { timeout: Math.min(server.timeoutMs ?? connectMs, connectMs) };
  try {
    await client.connect(transport, limits);
    const tools = client.getServerCapabilities()?.tools ? (await client.listTools({}, limits)).tools : [];
    return {
      tools: tools.slice(0, mostTools).map(({ name, description = "", inputSchema }) => ({
        name,
        description,
        inputSchema: inputSchema as JsonObject,
      })),
      ended: () => reason,
      call: (name, input, signal) =>
        client
          .callTool({ name, arguments: input }, { signal, timeout: server.timeoutMs ?? callMs })
          .catch((fault: unknown) => {
            const told = toFault(fault, reason);
            // Over HTTP nothing else says that a server was started anew and knows us no more.
            if (server.kind === "http") reason ??= told.message;
            throw told;
          }),
      close: () => client.close(),
    };
  } catch (fault) {
    await client.close().catch(() => undefined);
    await transport.close().catch(() => undefined);
    throw toFault(fault, reason);
  }
}

/** Why the process ended says more than that the connection is closed. */
function toFault(fault: unknown, reason: string | null): Error {
  if (reason !== null) return new Error(reason);
  return fault instanceof Error ? fault : new Error(String(fault));
}

async function openTransport(
  server: McpServer,
  place: ServerPlace,
  onEnd: (reason: string) => void,
): Promise<Transport> {
  if (server.kind === "stdio") {
    const { createChildTransport } = await import("./child-transport.ts");
    const { command, args, env: environment } = server;
    const cwd = server.cwd ?? place.cwd;
    return createChildTransport({ ...place, argv: [command, ...args], cwd, environment }, onEnd);
  }
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: { ...server.headers } },
    fetch: (url, init) =>
      fetchCapped([url, init], (why) => {
        onEnd(why);
        // The SDK would take a stream that breaks for one that goes on, and the call for one that takes its time.
        void transport.close();
      }),
  });
  return transport;
}

const longestAnswer = 8 * 1024 * 1024;

/** An answer without end must not fill our memory. */
async function fetchCapped(
  request: Parameters<typeof fetch>,
  onFlood: (reason: string) => void,
): Promise<Response> {
  const response = await fetch(...request);
  if (response.body === null) return response;
  let size = 0;
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length;
        if (size <= longestAnswer) return controller.enqueue(chunk);
        const reason = `it answered more than ${longestAnswer} bytes`;
        controller.error(new Error(reason));
        onFlood(reason);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
