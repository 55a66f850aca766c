import type { Env } from "../environment.ts";
import { type ConfigFile, toPlaceText } from "./config-file.ts";
import type { ConfigValues } from "./config-schema.ts";

/** One setting as it stands, for people: never with a secret in it. */
export interface SettingStanding {
  key: string;
  /** null: not set, and there is no default. */
  value: string | null;
  /** "default", "environment POOL_TIMEOUT_MS" or the file's place. */
  source: string;
  meaning: string;
}

interface Setting {
  key: string;
  variable?: string;
  fallback?: string;
  meaning: string;
}

const settings: readonly Setting[] = [
  { key: "provider", meaning: "taken where neither provider nor model is named" },
  { key: "model", meaning: "its model there" },
  {
    key: "pool.mode",
    variable: "PROFCLAW_MODE",
    fallback: "mini",
    meaning: "pico 2, mini 10, pro 50 sessions at once",
  },
  {
    key: "pool.max_concurrent",
    variable: "POOL_MAX_CONCURRENT",
    meaning: "sessions at once; wins over the mode",
  },
  { key: "pool.timeout", variable: "POOL_TIMEOUT_MS", fallback: "5m", meaning: "how long a session may run" },
  {
    key: "budgets.day",
    variable: "PROFCLAW_BUDGET_DAY_USD",
    meaning: "USD that all sessions may spend in a day",
  },
  { key: "budgets.day_tokens", variable: "PROFCLAW_BUDGET_DAY_TOKENS", meaning: "the same in tokens" },
  { key: "budgets.month", variable: "PROFCLAW_BUDGET_MONTH_USD", meaning: "USD in a month" },
  { key: "budgets.month_tokens", variable: "PROFCLAW_BUDGET_MONTH_TOKENS", meaning: "the same in tokens" },
];

const providerMeanings: Readonly<Record<string, string>> = {
  kind: "how it is spoken to",
  base_url: "where it is",
  api_key: "its key",
  api_key_env: "the variable of your shell that has its key",
  model: "its model where none is named",
  max_concurrent: "its sessions at once",
  requests_per_minute: "requests a minute",
  tokens_per_minute: "tokens a minute",
};

/** Every setting with its value, where that comes from, and what it does. */
export function explainSettings(file: ConfigFile, env: Env): SettingStanding[] {
  const providers = Object.entries(file.values.providers ?? {}).flatMap(([id, entry]) =>
    Object.keys(entry).map((name) => toProviderSetting(id, name)),
  );
  return [...settings, ...providers].map((setting) => toStanding(setting, file, env));
}

function toProviderSetting(id: string, name: string): Setting {
  const variable = id.toUpperCase().replaceAll("-", "_");
  const variables: Readonly<Record<string, string>> = {
    base_url: `${variable}_BASE_URL`,
    api_key: `${variable}_API_KEY`,
    api_key_env: `${variable}_API_KEY`,
    requests_per_minute: `PROFCLAW_${variable}_RPM`,
    tokens_per_minute: `PROFCLAW_${variable}_TPM`,
  };
  const shared = variables[name];
  return {
    key: `providers.${id}.${name}`,
    ...(shared === undefined ? {} : { variable: shared }),
    meaning: providerMeanings[name] ?? "",
  };
}

function toStanding(setting: Setting, file: ConfigFile, env: Env): SettingStanding {
  const { key, variable, fallback, meaning } = setting;
  const said = variable === undefined ? undefined : env[variable];
  if (variable !== undefined && said) {
    return { key, value: mask(variable, said), source: `environment ${variable}`, meaning };
  }
  const path = key.split(".");
  const place = file.placeOf(path);
  if (place === undefined) return { key, value: fallback ?? null, source: "default", meaning };
  return { key, value: mask(key, readValue(file.values, path)), source: toPlaceText(place), meaning };
}

function readValue(values: ConfigValues, path: readonly string[]): string {
  const value = path.reduce<unknown>(
    (at, part) =>
      typeof at === "object" && at !== null ? Object.getOwnPropertyDescriptor(at, part)?.value : undefined,
    values,
  );
  return path.join(".") === "pool.timeout" ? `${Number(value)}ms` : String(value);
}

function mask(name: string, value: string): string {
  return /api_key$/i.test(name) ? "(set)" : value;
}
