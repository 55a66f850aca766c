import { randomUUID } from "node:crypto";
import { Server, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import type { ServeMcp } from "../../../../src/server/serve-mcp.ts";
import { fixturePrompts, readFixture } from "./fixture-reading.ts";
import { fixtureTools } from "./fixture-tools.ts";

/**
 * What the conformance suite needs beyond our own tools, behind our own HTTP server: sessions of the protocol,
 * since requests of a server to its client belong to one.
 */
export function createFixtureMcp(): ServeMcp {
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>();
  return async ({ request, body }) => {
    const known = transports.get(request.headers.get("mcp-session-id") ?? "");
    const transport = known ?? (await openSession(transports));
    return transport.handleRequest(request, { parsedBody: body });
  };
}

async function openSession(
  transports: Map<string, WebStandardStreamableHTTPServerTransport>,
): Promise<WebStandardStreamableHTTPServerTransport> {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void transports.set(id, transport),
  });
  await createServer().connect(transport);
  return transport;
}

const newestSchemaTool = "json_schema_2020_12_tool";

/** Words of JSON Schema that a server must hand on as they are. */
const newestSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: {
    address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } },
  },
  properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
  additionalProperties: false,
};

function createServer(): Server {
  const capabilities = {
    tools: {},
    logging: {},
    completions: {},
    prompts: {},
    resources: { subscribe: true },
  };
  const server = new Server({ name: "fixture", version: "1.0.0" }, { capabilities });
  server.setRequestHandler("tools/list", () => ({
    tools: Object.keys(fixtureTools).map((name) => ({
      name,
      description: `Of the suite: ${name}`,
      inputSchema: name === newestSchemaTool ? newestSchema : { type: "object" as const },
    })),
  }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = fixtureTools[params.name];
    if (tool === undefined) throw new Error(`no tool ${params.name}`);
    return tool(params.arguments ?? {}, context);
  });
  server.setRequestHandler("completion/complete", () => ({ completion: { values: [] } }));
  serveReading(server);
  return server;
}

function serveReading(server: Server): void {
  const watched = { uri: "test://watched-resource", name: "watched" };
  const fixed = ["static-text", "static-binary"].map((name) => ({ uri: `test://${name}`, name }));
  server.setRequestHandler("resources/list", () => ({ resources: [...fixed, watched] }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [{ uriTemplate: "test://template/{id}/data", name: "template" }],
  }));
  server.setRequestHandler("resources/read", ({ params }) => ({ contents: [readFixture(params.uri)] }));
  server.setRequestHandler("resources/subscribe", () => ({}));
  server.setRequestHandler("resources/unsubscribe", () => ({}));
  server.setRequestHandler("prompts/list", () => ({
    prompts: Object.entries(fixturePrompts).map(([name, { args }]) => ({
      name,
      description: `Of the suite: ${name}`,
      arguments: args.map((arg) => ({ name: arg, required: true })),
    })),
  }));
  server.setRequestHandler("prompts/get", ({ params }) => {
    const prompt = fixturePrompts[params.name];
    if (prompt === undefined) throw new Error(`no prompt ${params.name}`);
    return { messages: prompt.render(params.arguments ?? {}) };
  });
}
