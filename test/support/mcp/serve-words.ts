import { type AddressInfo, createServer } from "node:net";
import { serve } from "@hono/node-server";
import { McpServer, createMcpHandler, fromJsonSchema } from "@modelcontextprotocol/server";

/** A small real MCP server over HTTP. */
export interface HttpWords extends AsyncDisposable {
  url: string;
  /** The authorization header of each request. */
  seen: (string | null)[];
}

export interface WordsOptions {
  /** What the tool says of itself, asked anew for each request. */
  description?: () => string;
}

/** It answers each word, or without end, or not at all, or ends. */
export async function serveWords(options: WordsOptions = {}): Promise<HttpWords> {
  const seen: (string | null)[] = [];
  const describe = options.description ?? (() => "Says a word back.");
  const die = (): void => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  };
  const handler = createMcpHandler(() => createWords(describe(), die));
  const port = await findPort();
  const fetch = (request: Request): Promise<Response> => {
    seen.push(request.headers.get("authorization"));
    return handler.fetch(request);
  };
  const server = serve({ fetch, port, hostname: "127.0.0.1" });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

function createWords(description: string, die: () => void): McpServer {
  const server = new McpServer({ name: "remote-words", version: "1.0.0" });
  const inputSchema = fromJsonSchema<{ word: string }>({
    type: "object",
    properties: { word: { type: "string" } },
    required: ["word"],
  });
  server.registerTool("echo", { description, inputSchema }, ({ word }) => {
    if (word === "die") die();
    if (word === "die" || word === "hang") return new Promise<never>(() => undefined);
    const text = word === "flood" ? "z".repeat(9 * 1024 * 1024) : `heard ${word} afar`;
    return { content: [{ type: "text" as const, text }] };
  });
  return server;
}

function findPort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
