import {
  createMcpHandler,
  type McpRequestContext,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { CallContext, Handlers } from "../contract/implement.ts";
import { toConnection } from "./connection.ts";
import { toInstructions } from "./instructions.ts";
import { servePrompts } from "./serve-prompts.ts";
import { refuseHandshake } from "./refuse-handshake.ts";
import { serveResources } from "./serve-resources.ts";
import { serveTasks } from "./tasks/serve-tasks.ts";
import { tasksExtension } from "./tasks/tasks-extension.ts";
import { openToolBook, serveTools, type ToolBook } from "./serve-tools.ts";
import type { AnyTool } from "./tool.ts";
import type { ReportBug } from "./tool-failure.ts";

/** What the edge is projected from. */
export interface McpParts {
  handlers: Handlers;
  tools: readonly AnyTool[];
  version: string;
  now: () => number;
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
  const book = openToolBook(parts.tools);
  const handler = createMcpHandler((context) => createServer(parts, { book, context }));
  return {
    async serve({ request, body, call }) {
      const { kind } = call.caller;
      const refusal = refuseHandshake(book.tools, { url: request.url, body, isSession: kind === "session" });
      const authInfo = { token: "", clientId: kind, scopes: [], extra: { call } };
      return refusal ?? handler.fetch(request, { parsedBody: body, authInfo });
    },
    close: () => handler.close(),
  };
}

function createServer(
  parts: McpParts,
  { book, context }: { book: ToolBook; context: McpRequestContext },
): Server {
  const { handlers, version, reportBug } = parts;
  // Older clients have no word for it.
  const extensions = context.era === "modern" ? { extensions: { [tasksExtension]: {} } } : {};
  const call = context.authInfo?.extra?.["call"] as CallContext | undefined;
  const server = new Server(
    { name: "profclaw", title: "profclaw", version },
    {
      capabilities: { tools: {}, resources: {}, prompts: {}, ...extensions },
      instructions: toInstructions(call?.caller.kind === "session"),
    },
  );
  const connect = (serving: ServerContext) => toConnection(handlers, context, { serving, now: parts.now });
  serveTasks(server, { connect, reportBug });
  serveTools(server, { book, connect, reportBug });
  serveResources(server, { connect, reportBug });
  servePrompts(server, { connect, reportBug });
  return server;
}
