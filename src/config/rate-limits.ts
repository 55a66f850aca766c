import type { Env } from "./environment.ts";
import { parseWholeSetting } from "./whole-setting.ts";

/** What one provider is to be asked at most in a minute. */
export interface RateLimit {
  requests?: number | undefined;
  tokens?: number | undefined;
}

/** By provider. */
export type RateLimits = ReadonlyMap<string, RateLimit>;

const mostPerMinute = 1e9;

/**
 * Requests and tokens per minute by provider: `PROFCLAW_GROQ_RPM=30`, `PROFCLAW_MY_LLM_TPM=100000` for the
 * provider `my-llm`. What the environment does not say stays as it is. Throws config-invalid for anything else than
 * whole numbers from 1.
 */
export function parseRateLimits(env: Env, current: RateLimits = new Map()): RateLimits {
  const limits = new Map(current);
  for (const [name, text] of Object.entries(env)) {
    const [, variable, unit] = /^PROFCLAW_([A-Z][A-Z0-9_]*)_(RPM|TPM)$/.exec(name) ?? [];
    if (variable === undefined || !text) continue;
    const provider = variable.toLowerCase().replaceAll("_", "-");
    const field = unit === "RPM" ? "requests" : "tokens";
    limits.set(provider, { ...limits.get(provider), [field]: parsePerMinute(name, text) });
  }
  return limits;
}

function parsePerMinute(name: string, text: string): number | undefined {
  return parseWholeSetting(name, text, { most: mostPerMinute, example: 60 });
}
