import type { McpServer } from "../../config/mcp-servers.ts";
import type { Tool } from "../tool.ts";
import { type ServerLink, type ServerPlace, connectServer } from "./connect-server.ts";
import { toServerTool } from "./server-tool.ts";
import type { TextBook } from "./text-book.ts";

/** A session's MCP servers at one moment. */
export interface McpOffer {
  tools: readonly Tool[];
  /** For the model: which server is not there, and why. */
  notes: readonly string[];
}

export interface McpWish extends Omit<ServerPlace, "version"> {
  names: readonly string[];
  asksNobody: boolean;
}

/** The connections of all sessions. A session that names no server costs nothing here. */
export interface McpHub {
  /** Connects what is not connected. Never rejects: what fails is a note. */
  open(wish: McpWish): Promise<McpOffer>;
  /** The session lets go of its slot: its servers end if it does not come back soon. */
  rest(sessionId: string): void;
  /** It has ended, and its servers with it. */
  end(sessionId: string): void;
}

export interface McpHubParts {
  find(cwd: string): Promise<ReadonlyMap<string, McpServer>>;
  identify(server: McpServer): string;
  texts: TextBook;
  version: string;
}

/** So long a parked session keeps its servers. */
const restMs = 60_000;
/** A server that could not be reached is not tried at every step. */
const retryMs = 5_000;

interface Known {
  identity: string;
  link: Promise<ServerLink | string>;
  since: number;
}

export function createMcpHub(parts: McpHubParts): McpHub {
  const sessions = new Map<string, Map<string, Known>>();
  const resting = new Map<string, NodeJS.Timeout>();
  const wake = (sessionId: string): void => {
    clearTimeout(resting.get(sessionId));
    resting.delete(sessionId);
  };
  const end = (sessionId: string): void => {
    wake(sessionId);
    const links = sessions.get(sessionId);
    sessions.delete(sessionId);
    for (const known of links?.values() ?? []) void close(known);
  };
  return {
    end,
    rest(sessionId) {
      if (!sessions.has(sessionId)) return;
      wake(sessionId);
      resting.set(sessionId, setTimeout(end, restMs, sessionId).unref());
    },
    async open(wish) {
      wake(wish.sessionId);
      const links = sessions.get(wish.sessionId) ?? new Map<string, Known>();
      sessions.set(wish.sessionId, links);
      const servers = await parts.find(wish.cwd);
      const offers = await Promise.all(
        wish.names.map((name) => openServer(parts, { wish, links, server: servers.get(name), name })),
      );
      const tools = offers.flatMap((offer) => offer.tools);
      return {
        tools: [...new Map(tools.map((tool) => [tool.name, tool])).values()],
        notes: offers.flatMap((offer) => offer.notes),
      };
    },
  };
}

interface Opening {
  wish: McpWish;
  links: Map<string, Known>;
  server: McpServer | undefined;
  name: string;
}

async function openServer(parts: McpHubParts, opening: Opening): Promise<McpOffer> {
  const { wish, name, server } = opening;
  if (server === undefined) {
    return {
      tools: [],
      notes: [`The MCP server ${name} is not in any settings file (any more), or not trusted.`],
    };
  }
  const identity = parts.identify(server);
  const link = await connectOnce(parts, { ...opening, server }, identity);
  if (typeof link === "string") {
    return { tools: [], notes: [`The MCP server ${name} can not be used: ${link.slice(0, 500)}`] };
  }
  const { asksNobody } = wish;
  const made = await Promise.all(
    link.tools.map((told) =>
      toServerTool({ name, identity, link }, told, { texts: parts.texts, asksNobody }),
    ),
  );
  return { tools: made.filter((tool) => tool !== null), notes: [] };
}

/** One connection per session and server; anew where it has ended, or where the settings name another program. */
async function connectOnce(
  parts: McpHubParts,
  { wish, links, server, name }: Opening & { server: McpServer },
  identity: string,
): Promise<ServerLink | string> {
  const known = links.get(name);
  const link = known === undefined ? null : await known.link;
  const stands =
    typeof link === "string" ? performance.now() - (known?.since ?? 0) < retryMs : link?.ended() === null;
  if (link !== null && stands && known?.identity === identity) return link;
  if (known !== undefined && links.get(name) === known) void close(known);
  const connecting = connectServer(server, { ...wish, version: parts.version }).catch(
    (fault: Error) => fault.message,
  );
  links.set(name, { identity, link: connecting, since: performance.now() });
  return connecting;
}

async function close({ link }: Known): Promise<void> {
  const open = await link;
  if (typeof open !== "string") await open.close().catch(() => undefined);
}
