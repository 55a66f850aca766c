import type { Env } from "./environment.ts";
import { parseWholeSetting } from "./whole-setting.ts";

/** What a daemon is told by its environment beside pool, rates and budgets. */
export interface DaemonSettings {
  /** How long a fault that is nobody's wish (5xx, refused connection, cut answer) is tried again. */
  faultPatienceMs: number;
  /** Without use for so long, a daemon that a client started ends. */
  idleExitMs: number;
}

const weekMs = 7 * 24 * 3_600_000;

/** `PROFCLAW_RETRY_DEADLINE_MS` and `PROFCLAW_IDLE_EXIT_MS`. Throws config-invalid for no whole number. */
export function parseDaemonSettings(env: Env): DaemonSettings {
  const parse = (name: string, fallback: number): number =>
    parseWholeSetting(name, env[name], { most: weekMs, example: fallback }) ?? fallback;
  return {
    faultPatienceMs: parse("PROFCLAW_RETRY_DEADLINE_MS", 60_000),
    idleExitMs: parse("PROFCLAW_IDLE_EXIT_MS", 15 * 60_000),
  };
}
