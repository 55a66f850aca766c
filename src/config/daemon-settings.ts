import type { Env } from "./environment.ts";
import { parseWholeSetting } from "./whole-setting.ts";

/** What a daemon is told by its environment beside pool, rates and budgets. */
export interface DaemonSettings {
  /** How long a fault that is nobody's wish (5xx, refused connection, cut answer) is tried again. */
  faultPatienceMs: number;
  /** Without use for so long, a daemon that a client started ends. */
  idleExitMs: number;
  /** What the daemon may hold before its queue waits; null: as much as machine and heap allow. */
  memoryLimitBytes: number | null;
  /** How long a call waits for leave before the answer is no. 0: nobody is asked, the answer is no at once. */
  approvalMs: number;
  /** The most that a session's context may hold, in tokens; null: what the model takes. */
  contextTokens: number | null;
  /** So many agents that are programs of their own may be starting at once; null: as many as there are cores. */
  agentStarts: number | null;
}

const mostMemoryMb = 1_048_576;
const weekMs = 7 * 24 * 3_600_000;

/** `PROFCLAW_RETRY_DEADLINE_MS`, `_IDLE_EXIT_MS`, `_MEMORY_MB`, `_APPROVAL_TIMEOUT_MS`, `_CONTEXT_TOKENS` and `_AGENT_STARTS`. Throws config-invalid for no whole number. */
export function parseDaemonSettings(env: Env): DaemonSettings {
  const parse = (name: string, fallback: number, least = 1): number =>
    parseWholeSetting(name, env[name], { least, most: weekMs, example: fallback }) ?? fallback;
  const memoryMb = parseWholeSetting("PROFCLAW_MEMORY_MB", env["PROFCLAW_MEMORY_MB"], {
    most: mostMemoryMb,
    example: 800,
  });
  return {
    faultPatienceMs: parse("PROFCLAW_RETRY_DEADLINE_MS", 60_000),
    idleExitMs: parse("PROFCLAW_IDLE_EXIT_MS", 15 * 60_000),
    memoryLimitBytes: memoryMb === undefined ? null : memoryMb * 2 ** 20,
    approvalMs: parse("PROFCLAW_APPROVAL_TIMEOUT_MS", 10 * 60_000, 0),
    contextTokens:
      parseWholeSetting("PROFCLAW_CONTEXT_TOKENS", env["PROFCLAW_CONTEXT_TOKENS"], {
        most: 10_000_000,
        example: 200_000,
      }) ?? null,
    agentStarts:
      parseWholeSetting("PROFCLAW_AGENT_STARTS", env["PROFCLAW_AGENT_STARTS"], {
        most: 10_000,
        example: 4,
      }) ?? null,
  };
}
