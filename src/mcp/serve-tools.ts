import {
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { findNearest } from "../core/nearest.ts";
import { type CallResult, callTool } from "./call-tool.ts";
import type { Connection } from "./connection.ts";
import { toListedTool } from "./listed-tool.ts";
import { isSpawning, maySpawn, pickTools } from "./profile.ts";
import { refusing } from "./refusal.ts";
import type { AnyTool } from "./tool.ts";
import type { ReportBug } from "./tool-failure.ts";

type Listed = ReturnType<typeof toListedTool>;

/** The tools, each with the form in which clients list it. */
export interface ToolBook {
  tools: ReadonlyMap<string, AnyTool>;
  listed: ReadonlyMap<string, Listed>;
}

export function openToolBook(tools: readonly AnyTool[]): ToolBook {
  return {
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    listed: new Map(tools.map((tool) => [tool.name, toListedTool(tool)])),
  };
}

export interface ToolServing {
  book: ToolBook;
  connect: (context: ServerContext) => Connection;
  reportBug: ReportBug;
}

/** Lists and calls the tools of one connection. */
export function serveTools(server: Server, serving: ToolServing): void {
  const { book, connect, reportBug } = serving;
  server.setRequestHandler("tools/list", (_, context) =>
    refusing(reportBug, async () => ({ tools: await listTools(book, connect(context)) })),
  );
  server.setRequestHandler("tools/call", ({ params }, context) =>
    refusing(reportBug, () => callPicked(serving, connect(context), params)),
  );
}

function callPicked(
  { book, reportBug }: ToolServing,
  connection: Connection,
  params: { name: string; arguments?: Record<string, unknown> | undefined },
): Promise<CallResult> {
  const picked = pick(book, connection);
  const tool = picked.find(({ name }) => name === params.name);
  if (tool === undefined) throw refuseUnknownTool(params.name, { picked, book });
  return callTool(tool, { args: params.arguments, context: connection.context, reportBug });
}

async function listTools(book: ToolBook, connection: Connection): Promise<Listed[]> {
  const picked = pick(book, connection);
  const { context } = connection;
  const mayAll = !picked.some(isSpawning) || (await maySpawn(context.handlers, context));
  return picked
    .filter((tool) => mayAll || !isSpawning(tool))
    .flatMap(({ name }) => book.listed.get(name) ?? []);
}

function pick({ tools }: ToolBook, { toolset, context }: Connection): AnyTool[] {
  return pickTools(tools, { toolset, isSession: context.call.caller.kind === "session" });
}

function refuseUnknownTool(
  name: string,
  { picked, book }: { picked: readonly AnyTool[]; book: ToolBook },
): ProtocolError {
  const names = picked.map((tool) => tool.name);
  const quoted = JSON.stringify(name.slice(0, 100));
  const [nearest] = findNearest(name.slice(0, 100), names, 1);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  const elsewhere = book.tools.has(name) ? " It is in another toolset: docs/mcp.md names them." : meant;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${quoted} here.${elsewhere}`, {
    code: "not-found",
    retryable: false,
    next: `Call one of: ${names.join(", ")}.`,
  });
}
