import {
  createMcpHandler,
  type McpRequestContext,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from "@modelcontextprotocol/server";
import type { CallContext, Handlers } from "../contract/implement.ts";
import { findNearest } from "../core/nearest.ts";
import { callTool } from "./call-tool.ts";
import { instructions } from "./instructions.ts";
import { toListedTool } from "./listed-tool.ts";
import type { AnyTool, ToolContext } from "./tool.ts";
import type { ReportBug } from "./tool-failure.ts";

/** What the edge is projected from. */
export interface McpParts {
  handlers: Handlers;
  tools: readonly AnyTool[];
  version: string;
  reportBug: ReportBug;
}

/** One HTTP request to it, its body read and its caller known. */
export interface McpRequest {
  request: Request;
  body: unknown;
  call: CallContext;
}

/** Answers requests of every protocol version the SDK knows; holds nothing between them. */
export interface McpEdge {
  serve(request: McpRequest): Promise<Response>;
  close(): Promise<void>;
}

/** Builds the edge once for a daemon. A client costs nothing while it is silent: there are no MCP sessions. */
export function createMcpEdge(parts: McpParts): McpEdge {
  const listed = parts.tools.map(toListedTool);
  const tools = new Map(parts.tools.map((tool) => [tool.name, tool]));
  const handler = createMcpHandler((context) => {
    const server = new Server(
      { name: "profclaw", title: "profclaw", version: parts.version },
      { capabilities: { tools: {} }, instructions },
    );
    server.setRequestHandler("tools/list", () => ({ tools: listed }));
    server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
      const tool = tools.get(params.name);
      if (tool === undefined) throw refuseUnknownTool(params.name, tools);
      return callTool(tool, {
        args: params.arguments,
        context: toToolContext(parts, context, mcpReq.signal),
        reportBug: parts.reportBug,
      });
    });
    return server;
  });
  return {
    serve: ({ request, body, call }) =>
      handler.fetch(request, {
        parsedBody: body,
        authInfo: { token: "", clientId: call.caller.kind, scopes: [], extra: { call } },
      }),
    close: () => handler.close(),
  };
}

/** Who calls stands beside the request; where the client works, and which repetition this is, in its URL and header. */
function toToolContext(
  { handlers }: McpParts,
  { authInfo, requestInfo }: McpRequestContext,
  signal: AbortSignal,
): ToolContext {
  const call = authInfo?.extra?.["call"] as CallContext;
  const url = new URL(requestInfo?.url ?? "http://localhost/mcp");
  return {
    handlers,
    call: { ...call, signal: AbortSignal.any([call.signal, signal]) },
    cwd: url.searchParams.get("cwd"),
    requestKey: requestInfo?.headers.get("idempotency-key") ?? null,
  };
}

function refuseUnknownTool(name: string, tools: ReadonlyMap<string, AnyTool>): ProtocolError {
  const names = [...tools.keys()];
  const [nearest] = findNearest(name.slice(0, 100), names, 1);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no tool ${JSON.stringify(name.slice(0, 100))}.${meant}`,
    {
      code: "not-found",
      retryable: false,
      next: `Call one of: ${names.join(", ")}.`,
    },
  );
}
