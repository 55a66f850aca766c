import { randomUUID } from "node:crypto";
import { systemClock } from "../core/clock.ts";
import type { Handlers } from "../contract/implement.ts";
import type { McpEdge, McpRequest } from "../mcp/mcp-edge.ts";

interface LazyMcpParts {
  handlers: Handlers;
  version: string;
  logBug: (errorId: string, error: unknown) => void;
}

/** Answers `/mcp`, and loads what does so at the first request: most daemons never get one. */
export function createLazyMcp(parts: LazyMcpParts): (request: McpRequest) => Promise<Response> {
  let edge: Promise<McpEdge> | undefined;
  return async (request) => {
    edge ??= loadEdge(parts);
    return (await edge).serve(request);
  };
}

async function loadEdge({ handlers, version, logBug }: LazyMcpParts): Promise<McpEdge> {
  const [{ createMcpEdge }, { toolTable }] = await Promise.all([
    import("../mcp/mcp-edge.ts"),
    import("../mcp/tool-table.ts"),
  ]);
  return createMcpEdge({
    handlers,
    version,
    now: () => systemClock.now(),
    tools: toolTable,
    reportBug(error) {
      const errorId = randomUUID();
      logBug(errorId, error);
      return errorId;
    },
  });
}
