import { mkdirSync } from "node:fs";
import { ProfclawError } from "../../../core/errors.ts";
import type { JournalEntry } from "../../../core/journal.ts";
import type { Credential } from "../../../providers/credentials.ts";
import { findProgram } from "../../../sandbox/find-program.ts";
import type { AgentDriver, LaunchPlan, PlanRequest } from "../driver.ts";
import { keyedProvider, keyVariable, processFlags, toThreadConfig } from "./codex-config.ts";
import { type ThreadWish, partingLine, toGreeting, toOpenRequest, toRunKey } from "./codex-requests.ts";
import { readCodex } from "./read-codex.ts";

// A process starts in a third of a second; it holds 80 MB.
const idleMs = 60_000;

// What its allocator would keep for later: a tenth of thirty threads' memory.
const thrift = "narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0,tcache:false";

export interface CodexParts {
  /** Undefined: it is the user's own login that counts. */
  credential(): Credential | undefined;
  hasLogin(): boolean;
  /** The folder with the user's own settings and login. */
  userHome(): string;
  /** The one that sessions with a key of ours share. */
  ownHome: string;
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl(): string | null;
}

/** Codex by its app-server: JSON-RPC lines, both ways. */
export function createCodexDriver(parts: CodexParts): AgentDriver {
  return {
    plan: (request) => toPlan(parts, request),
    read: readCodex,
    listens: true,
    money: "told",
    isPricedByUs: true,
  };
}

function toPlan(parts: CodexParts, request: PlanRequest): LaunchPlan {
  const { session, path, journal } = request;
  const program = findProgram("codex", path);
  if (program === undefined) throw toMissing(path);
  const key = parts.credential();
  const isKeyed = key?.apiKey !== undefined;
  // With a login it has to be the user's folder: a copied login is lost when the other one is renewed.
  const codexHome = isKeyed ? parts.ownHome : parts.userHome();
  if (isKeyed) mkdirSync(codexHome, { recursive: true, mode: 0o700 });
  const runKey = toRunKey(session, journal);
  const open = toOpenRequest({
    session,
    key: runKey,
    from: findThread(journal),
    config: toThreadConfig({ session, key, mcpUrl: parts.mcpUrl(), codexHome }),
    modelProvider: isKeyed ? keyedProvider : null,
  });
  return {
    argv: [program, "app-server", ...processFlags],
    environment: {
      CODEX_HOME: codexHome,
      _RJEM_MALLOC_CONF: thrift,
      ...(isKeyed ? { [keyVariable]: key.apiKey ?? "" } : {}),
    },
    input: open,
    shared: { key: runKey, hello: toGreeting("hello"), parting: partingLine, idleMs },
  };
}

/**
 * The thread that an earlier run has opened and got something out of: codex keeps no others. Before its first run a fork
 * has its source's. Null: there is none.
 */
function findThread(journal: readonly JournalEntry[]): ThreadWish["from"] {
  const spoke = journal.findLastIndex(({ event }) => event.type === "turn-end");
  const launched = journal.findIndex(({ event }) => event.type === "agent-launch");
  const at = journal.findLastIndex(({ event }, index) => index <= spoke && event.type === "agent-thread");
  const event = journal[at]?.event;
  if (event?.type !== "agent-thread") return null;
  return { how: launched === -1 || at < launched ? "fork" : "resume", threadId: event.thread };
}

function toMissing(path: string): ProfclawError {
  return new ProfclawError("agent-not-installed", `codex is not on PATH (${path}).`, {
    pointer: "agent",
    hint: "Install it (npm i -g @openai/codex), or take another agent.",
  });
}
