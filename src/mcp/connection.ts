import type { McpRequestContext, ServerContext } from "@modelcontextprotocol/server";
import type { CallContext, Caller, Handlers } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { isPeerName } from "../core/peer.ts";
import { takesTasks } from "./tasks/tasks-extension.ts";
import type { ToolContext } from "./tool.ts";

/** What is said of a connection beside its messages: who calls from the token, the rest from the address. */
export interface Connection {
  context: ToolContext;
  toolset: string | null;
}

/**
 * Who calls stands beside the request; where the client works, its name and its tools stand in the URL, and which
 * repetition this is in a header. Throws invalid-request and policy-denied for a name that cannot be.
 */
export function toConnection(
  handlers: Handlers,
  { authInfo, requestInfo }: McpRequestContext,
  { serving, now }: { serving: ServerContext; now: () => number },
): Connection {
  const call = authInfo?.extra?.["call"] as CallContext;
  const { searchParams } = new URL(requestInfo?.url ?? "http://localhost/mcp");
  return {
    context: {
      handlers,
      call: {
        ...call,
        caller: withPeer(call.caller, searchParams.get("peer")),
        signal: AbortSignal.any([call.signal, serving.mcpReq.signal]),
      },
      cwd: searchParams.get("cwd"),
      requestKey: requestInfo?.headers.get("idempotency-key") ?? null,
      takesTasks: takesTasks(serving),
      now,
    },
    toolset: searchParams.get("toolset"),
  };
}

/** The header says it as well, and was looked at by the door. */
function withPeer(caller: Caller, name: string | null): Caller {
  if (name === null) return caller;
  if (caller.kind === "session") {
    throw new ProfclawError("policy-denied", `Session ${caller.sessionId} acts as itself, not as a peer.`, {
      pointer: "peer",
      hint: "Leave peer out of the address.",
    });
  }
  if (isPeerName(name)) return { ...caller, peer: name };
  throw new ProfclawError("invalid-request", `The name ${JSON.stringify(name).slice(0, 80)} is not one.`, {
    pointer: "peer",
    hint: "Use 1 to 100 printable ASCII characters that are no id, e.g. ?peer=my-agent",
  });
}
