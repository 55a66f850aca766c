import { ResourceNotFoundError, type Server, type ServerContext } from "@modelcontextprotocol/server";
import type { SessionView } from "../contract/shapes.ts";
import { ProfclawError } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import { refusing } from "./refusal.ts";
import type { McpResource, ResourceText } from "./resource.ts";
import { resourceTable } from "./resource-table.ts";
import type { ToolContext } from "./tool.ts";
import type { ReportBug } from "./tool-failure.ts";

/** A page of the list: what a person picks from. */
const pageSize = 50;
const mostTaskCharacters = 80;

export interface ResourceServing {
  connect: (context: ServerContext) => Connection;
  reportBug: ReportBug;
}

/** Lists what can be read, the newest sessions among it, and reads it. */
export function serveResources(server: Server, { connect, reportBug }: ResourceServing): void {
  server.setRequestHandler("resources/list", ({ params }, context) =>
    refusing(reportBug, () => listResources(connect(context).context, params?.cursor)),
  );
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: resourceTable
      .filter(isTemplate)
      .map(({ uri: uriTemplate, ...one }) => ({ uriTemplate, ...toFacts(one) })),
  }));
  server.setRequestHandler("resources/read", ({ params: { uri } }, context) =>
    refusing(reportBug, async () => ({
      contents: [{ uri, ...(await readResource(uri, connect(context).context)) }],
    })),
  );
}

function isTemplate({ uri }: McpResource): boolean {
  return uri.includes("{id}");
}

function toFacts({ name, title, description, mimeType }: Omit<McpResource, "uri" | "read">) {
  return { name, title, description, mimeType };
}

async function listResources({ handlers, call }: ToolContext, cursor: string | undefined) {
  const page = await handlers.listSessions(
    { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) },
    call,
  );
  const fixed = resourceTable
    .filter((one) => !isTemplate(one))
    .map((one) => ({ uri: one.uri, ...toFacts(one) }));
  return {
    resources: [...(cursor === undefined ? fixed : []), ...page.sessions.map(toListed)],
    ...(page.next_cursor === null ? {} : { nextCursor: page.next_cursor }),
  };
}

function toListed({ id, name, task, status }: SessionView) {
  const start = task.replaceAll(/\s+/g, " ").slice(0, mostTaskCharacters);
  return {
    uri: `profclaw://sessions/${id}`,
    name: name ?? `session ${id.slice(0, 8)}`,
    title: start,
    description: `${status}: ${start}`,
    mimeType: "application/json",
  };
}

async function readResource(uri: string, context: ToolContext): Promise<ResourceText> {
  for (const resource of resourceTable) {
    const id = findId(resource.uri, uri);
    if (id === null) continue;
    try {
      return await resource.read(id, context);
    } catch (error) {
      if (!(error instanceof ProfclawError) || error.code !== "not-found") throw error;
      throw new ResourceNotFoundError(uri, `${error.message} ${error.hint ?? ""}`.trim());
    }
  }
  const known = resourceTable.map((resource) => resource.uri).join(", ");
  throw new ResourceNotFoundError(uri, `There is no such resource. There are: ${known}.`);
}

/** What stands for `{id}`; empty for an address without it; null: it is another address. */
function findId(template: string, uri: string): string | null {
  const [before = "", after] = template.split("{id}");
  if (after === undefined) return uri === template ? "" : null;
  if (!uri.startsWith(before) || !uri.endsWith(after)) return null;
  const id = uri.slice(before.length, uri.length - after.length);
  return /^[^/?#]+$/.test(id) ? id : null;
}
