import type { Env } from "../environment.ts";
import type { Credential } from "../shell.ts";
import type { ConfigValues } from "./config-schema.ts";

/**
 * What a file says, as the environment variables that say the same: one parser and one order for both.
 * Keys and URLs are not among them.
 */
export function toConfigEnv({ pool, budgets, providers }: ConfigValues): Record<string, string> {
  const env: Record<string, string | number | undefined> = {
    PROFCLAW_MODE: pool?.mode,
    POOL_MAX_CONCURRENT: pool?.max_concurrent,
    POOL_TIMEOUT_MS: pool?.timeout,
    PROFCLAW_BUDGET_DAY_USD: budgets?.day,
    PROFCLAW_BUDGET_DAY_TOKENS: budgets?.day_tokens,
    PROFCLAW_BUDGET_MONTH_USD: budgets?.month,
    PROFCLAW_BUDGET_MONTH_TOKENS: budgets?.month_tokens,
  };
  for (const [id, entry] of Object.entries(providers ?? {})) {
    const variable = id.toUpperCase().replaceAll("-", "_");
    env[`PROFCLAW_${variable}_RPM`] = entry.requests_per_minute;
    env[`PROFCLAW_${variable}_TPM`] = entry.tokens_per_minute;
  }
  const said = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]));
}

/** The environment over a file. A mode of the shell's also sets aside the file's exact size. */
export function overlayEnv(file: Readonly<Record<string, string>>, env: Env): Env {
  const said = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  const below = Object.entries(file).filter(
    ([name]) => name !== "POOL_MAX_CONCURRENT" || !env["PROFCLAW_MODE"],
  );
  return Object.fromEntries([...below, ...said]);
}

/** Keys and URLs of a file by provider; `env` has what `api_key_env` names. */
export function toConfiguredCredentials({ providers }: ConfigValues, env: Env): Map<string, Credential> {
  const entries = Object.entries(providers ?? {}).map(([id, entry]): [string, Credential] => {
    const apiKey = entry.api_key ?? (entry.api_key_env === undefined ? undefined : env[entry.api_key_env]);
    return [
      id,
      { ...(apiKey ? { apiKey } : {}), ...(entry.base_url === undefined ? {} : { baseUrl: entry.base_url }) },
    ];
  });
  return new Map(entries);
}

/** How many sessions of a provider may run at once, where the file says so. */
export function toProviderLimits({ providers }: ConfigValues): Map<string, number> {
  const entries = Object.entries(providers ?? {});
  return new Map(
    entries.flatMap(([id, { max_concurrent: most }]) => (most === undefined ? [] : [[id, most]])),
  );
}

/** What is taken where a caller names no provider or no model. */
export interface ModelPreference {
  provider?: string | undefined;
  model?: string | undefined;
  /** A provider's default model, by provider. */
  models: ReadonlyMap<string, string>;
}

export function toModelPreference({ provider, model, providers }: ConfigValues): ModelPreference {
  const entries = Object.entries(providers ?? {});
  const models = new Map(
    entries.flatMap(([id, entry]) => (entry.model === undefined ? [] : [[id, entry.model]])),
  );
  return { provider, model, models };
}
