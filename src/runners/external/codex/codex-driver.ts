import type { AgentDriver, LaunchPlan, PlanRequest } from "../driver.ts";
import { findGivenServers } from "../given-servers.ts";
import { keyedProvider, keyVariable, processFlags, toThreadConfig } from "./codex-config.ts";
import { findSilentThread, findThread } from "./find-thread.ts";
import type { CodexThrift } from "./codex-thrift.ts";
import { type CodexParts, openCodexHome, codexPackage } from "./codex-place.ts";
import { partingLine, toGreeting, toOpenRequest, toRunKey } from "./codex-requests.ts";
import { readCodex } from "./read-codex.ts";
import { requireProgram } from "../require-program.ts";

// A process starts in a third of a second; it holds 80 MB.
const idleMs = 60_000;

/** Codex by its app-server: JSON-RPC lines, both ways. */
export function createCodexDriver(parts: CodexParts, thrift: CodexThrift): AgentDriver {
  return {
    plan: (request) => toPlan(parts, thrift, request),
    read: readCodex,
    listens: true,
    money: "told",
    isPricedByUs: true,
  };
}

async function toPlan(parts: CodexParts, thrift: CodexThrift, request: PlanRequest): Promise<LaunchPlan> {
  const { session, journal } = request;
  const program = requireProgram(request, codexPackage);
  const place = openCodexHome(parts);
  const { key, isKeyed, codexHome } = place;
  const { servers, missing } = await findGivenServers(parts, session);
  const thrifty = await thrift.toEnvironment({ place, servers });
  const runKey = toRunKey(session, journal);
  const open = toOpenRequest({
    session,
    key: runKey,
    from: findSilentThread(journal) ?? findThread(journal),
    config: toThreadConfig({
      session,
      key,
      mcpUrl: parts.mcpUrl(),
      codexHome,
      servers,
      hidden: Object.keys(thrifty),
    }),
    missing,
    modelProvider: isKeyed ? keyedProvider : null,
  });
  return {
    argv: [program, "app-server", ...processFlags],
    environment: {
      CODEX_HOME: codexHome,
      ...thrifty,
      ...(isKeyed ? { [keyVariable]: key?.apiKey ?? "" } : {}),
    },
    input: open,
    shared: { key: runKey, hello: toGreeting("hello"), parting: partingLine, idleMs },
  };
}
