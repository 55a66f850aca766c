import { ProfclawError } from "../core/errors.ts";
import type { Env } from "./environment.ts";
import { parseWholeSetting } from "./whole-setting.ts";

export const poolModes = { pico: 2, mini: 10, pro: 50 } as const;

export type PoolMode = keyof typeof poolModes;

export interface PoolSettings {
  mode: PoolMode;
  maxConcurrent: number;
  /** What a session may run for when nobody says otherwise. */
  timeoutMs: number;
}

export const defaultPool: PoolSettings = { mode: "mini", maxConcurrent: poolModes.mini, timeoutMs: 300_000 };

const longestTimeoutMs = 7 * 24 * 3_600_000;

/**
 * The pool as an environment changes it: `PROFCLAW_MODE`, `POOL_MAX_CONCURRENT` (wins over the mode),
 * `POOL_TIMEOUT_MS`. What the environment does not say stays. Throws config-invalid for anything else
 * than whole numbers in range.
 */
export function parsePoolSettings(env: Env, current: PoolSettings = defaultPool): PoolSettings {
  const mode = parseMode(env["PROFCLAW_MODE"]) ?? current.mode;
  const size = parseWholeSetting("POOL_MAX_CONCURRENT", env["POOL_MAX_CONCURRENT"], {
    most: 10_000,
    example: 25,
  });
  const timeout = parseWholeSetting("POOL_TIMEOUT_MS", env["POOL_TIMEOUT_MS"], {
    most: longestTimeoutMs,
    example: 300_000,
  });
  return {
    mode,
    maxConcurrent: size ?? (mode === current.mode ? current.maxConcurrent : poolModes[mode]),
    timeoutMs: timeout ?? current.timeoutMs,
  };
}

function parseMode(text: string | undefined): PoolMode | undefined {
  if (!text) return undefined;
  const mode = text.toLowerCase();
  if (mode === "pico" || mode === "mini" || mode === "pro") return mode;
  throw new ProfclawError("config-invalid", `PROFCLAW_MODE is "${text}"; it must be pico, mini or pro.`, {
    pointer: "PROFCLAW_MODE",
    hint: "export PROFCLAW_MODE=pro",
  });
}
