import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { type Env, toHome } from "./environment.ts";

/** Everything that lives in the state folder. */
export interface StatePaths {
  home: string;
  database: string;
  lock: string;
  socket: string;
  /** Where a daemon says its pid, start time, port and version. */
  discovery: string;
  /** The admin token, 0600. */
  token: string;
  logs: string;
  daemonLog: string;
  artifacts: string;
  /** What agents that are programs of their own print, a folder for each run. */
  agents: string;
  /** The ports by which such agents were told to reach the daemon. */
  agentPorts: string;
  /** The same of programs that many sessions share: a folder for each kind, and in it one for each that was started. */
  sharedAgents: string;
  /** CODEX_HOME of sessions whose key is ours. */
  codex: string;
  userConfig: string;
  /** Which folders are trusted, with what content; 0600. */
  trust: string;
  /** Which texts of MCP servers' tools a person has let through; 0600. */
  mcpTexts: string;
}

// A Unix socket's path has 108 bytes on Linux, 104 on macOS, its end included.
const longestSocketPath = 103;

/** The state folder's layout; `PROFCLAW_HOME`, else `~/.profclaw`. */
export function resolvePaths(env: Env): StatePaths {
  const home = resolve(env["PROFCLAW_HOME"] || join(toHome(env), ".profclaw"));
  const logs = join(home, "logs");
  return {
    home,
    database: join(home, "profclaw.db"),
    lock: join(home, "daemon.lock"),
    socket: toSocketPath(home),
    discovery: join(home, "daemon.json"),
    token: join(home, "token"),
    logs,
    daemonLog: join(logs, "daemon.log"),
    artifacts: join(home, "artifacts"),
    agents: join(home, "agents"),
    agentPorts: join(home, "agent-ports.json"),
    sharedAgents: join(home, "shared-agents"),
    codex: join(home, "codex"),
    userConfig: join(home, "config.yaml"),
    trust: join(home, "trust.json"),
    mcpTexts: join(home, "mcp-tools.json"),
  };
}

function toSocketPath(home: string): string {
  const inside = join(home, "daemon.sock");
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside;
  // Nearly nobody needs it, and it takes every command 2 MB to load.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hash = createHash("sha256").update(home).digest("hex").slice(0, 16);
  return join(tmpdir(), `profclaw-${userInfo().uid}`, `${hash}.sock`);
}
