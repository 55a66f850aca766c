import { ProtocolErrorCode } from "@modelcontextprotocol/server";
import { ProfclawError } from "../core/errors.ts";
import type { AnyTool } from "./tool.ts";
import { pickTools } from "./profile.ts";

/** What a client says first: in the protocols up to 2025-11-25, and in those since. */
const handshakes: ReadonlySet<unknown> = new Set(["initialize", "server/discover"]);

/**
 * The refusal of a handshake at an address that names no toolset of ours; null: it is none, or all is well. Said at
 * the first tool list only, the client would call itself connected, and have no tools.
 */
export function refuseHandshake(
  table: ReadonlyMap<string, AnyTool>,
  { url, body, isSession }: { url: string; body: unknown; isSession: boolean },
): Response | null {
  const { id = null, method } = typeof body === "object" && body !== null ? (body as Message) : {};
  if (!handshakes.has(method)) return null;
  try {
    pickTools(table, { toolset: new URL(url).searchParams.get("toolset"), isSession });
    return null;
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    const data = { code: error.code, retryable: false, next: error.hint };
    const failure = {
      code: ProtocolErrorCode.InvalidParams,
      message: `${error.message} ${error.hint}`,
      data,
    };
    return Response.json({ jsonrpc: "2.0", id, error: failure }, { status: 400 });
  }
}

interface Message {
  id?: unknown;
  method?: unknown;
}
