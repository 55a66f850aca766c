import { ProfclawError } from "../core/errors.ts";
import type { Grants } from "../core/grants.ts";
import { findNearest } from "../core/nearest.ts";
import type { SessionRecord } from "../core/session.ts";
import type { KnownAgent } from "../runners/external/agent-book.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { FolderServers } from "./mcp-book.ts";
import type { SessionRequest } from "./session-request.ts";
import { toShellWord } from "../core/shell-word.ts";

interface Wish {
  request: Pick<SessionRequest, "mcp" | "slim">;
  cwd: string;
  parent: SessionRecord | null;
  grants: Grants;
  /** The program that is to run it; null: our own loop does. */
  agent: Pick<KnownAgent, "name" | "keepsServers"> | null;
}

/**
 * The MCP servers of a session, by name: those it names, or all of them with `slim: false`; none by default.
 * A child has none its parent lacks. Throws unknown-mcp-server and policy-denied.
 */
export async function resolveMcp(
  parts: Pick<EngineParts, "mcp">,
  { request, cwd, parent, grants, agent }: Wish,
): Promise<{ servers: string[]; warnings: string[] }> {
  const { mcp: named, slim = true } = request;
  if (named === undefined && slim) return { servers: [], warnings: [] };
  if (grants.rest === "no") {
    return { servers: [], warnings: ["Its level uses no MCP servers; ask, auto and full do."] };
  }
  const found = await parts.mcp.of(cwd, agent?.name);
  const servers =
    named === undefined ? toAll(found, parent) : toNamed(found, { named: [...new Set(named)], parent, cwd });
  const left = found.untrusted.length === 0 || named !== undefined ? [] : [toUntrusted(found, cwd)];
  const faults = named === undefined ? found.faults.map((fault) => `MCP server ${fault}.`) : [];
  return { servers, warnings: [...left, ...faults, ...toKept(agent)] };
}

function toKept(agent: Wish["agent"]): string[] {
  if (agent?.keepsServers !== true) return [];
  return [`${agent.name} has the MCP servers of its own configuration besides, whatever these are.`];
}

function toAll({ servers }: FolderServers, parent: SessionRecord | null): string[] {
  const names = [...servers.keys()].toSorted();
  return parent === null ? names : names.filter((name) => parent.mcpServers?.includes(name));
}

function toNamed(
  found: FolderServers,
  { named, parent, cwd }: { named: string[]; parent: SessionRecord | null; cwd: string },
): string[] {
  for (const name of named) requireKnown(found, name, cwd);
  const beyond = parent === null ? [] : named.filter((name) => !parent.mcpServers?.includes(name));
  if (beyond.length === 0) return named;
  throw new ProfclawError(
    "policy-denied",
    `A child has no more MCP servers than its parent, which lacks ${beyond.join(", ")}.`,
    { pointer: "mcp", hint: `The parent has: ${parent?.mcpServers?.join(", ") || "none"}.` },
  );
}

function requireKnown(found: FolderServers, name: string, cwd: string): void {
  if (found.servers.has(name)) return;
  if (found.untrusted.includes(name)) {
    throw new ProfclawError("unknown-mcp-server", `${toUntrusted(found, cwd)} So ${name} is not used.`, {
      pointer: "mcp",
      hint: `Look at it and trust the folder: profclaw trust ${toShellWord(cwd)}`,
    });
  }
  const known = [...found.servers.keys()];
  const nearest = findNearest(name, known);
  const guess = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(" or ")}?`;
  const fault = found.faults.find((text) => text.startsWith(`${name} of `));
  const why = fault === undefined ? "" : ` There is an entry that can not be used: ${fault}.`;
  const there = known.length === 0 ? "There are none" : `There are: ${known.join(", ")}`;
  throw new ProfclawError(
    "unknown-mcp-server",
    `No MCP server is called ${JSON.stringify(name)} for ${cwd}.${guess}${why}`,
    { pointer: "mcp", hint: `${there}. Add one under mcpServers in your settings (profclaw config path).` },
  );
}

function toUntrusted({ untrusted }: FolderServers, cwd: string): string {
  return `${cwd}/.mcp.json is not trusted, so its MCP servers (${untrusted.join(", ")}) are left out.`;
}
