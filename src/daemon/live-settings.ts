import type { AgentEntry } from "../config/agent-entries.ts";
import type { Env } from "../config/environment.ts";
import {
  type ModelPreference,
  overlayEnv,
  toConfigEnv,
  toConfiguredCredentials,
  toModelPreference,
  toProviderLimits,
} from "../config/file/to-settings.ts";
import { toHints } from "../config/file/to-hints.ts";
import { toRoles } from "../config/file/to-roles.ts";
import { openUserConfig } from "../config/file/user-config.ts";
import { parseCredentials } from "../config/shell.ts";
import type { Role } from "../core/role.ts";
import { type CredentialVault, createCredentialVault } from "../engine/credential-vault.ts";
import { type ConfigControl, type ConfigSection, configSections } from "../operations/parts.ts";

/** The environment over the user's file, and what a running daemon takes in of both later. */
export interface LiveSettings {
  /** As the daemon starts: the file's settings below the environment's. */
  env: Env;
  credentials: CredentialVault;
  /** How many sessions of a provider may run at once; undefined: as many as the pool has places. */
  providerLimit(provider: string): number | undefined;
  preference(): ModelPreference;
  /** Those of the user's file. */
  roles(): Role[];
  /** The level of a session that names none; undefined: ours. */
  defaultLevel(): string | undefined;
  /** `mcpServers` of the user's file, checked. */
  mcpServers(): unknown;
  /** `agents` of the user's file. */
  agents(): Readonly<Record<string, AgentEntry>>;
  control: ConfigControl;
}

/** Throws config-invalid for a wrong file. */
export function openLiveSettings(startEnv: Env, path: string): LiveSettings {
  const config = openUserConfig(path);
  const values = (): ReturnType<typeof config.current>["values"] => config.current().values;
  let shell: Env = startEnv;
  let fileEnv = toConfigEnv(values());
  const env = overlayEnv(fileEnv, startEnv);
  const credentials = createCredentialVault(parseCredentials(startEnv));
  credentials.configure(toConfiguredCredentials(values(), shell));
  const takeIn: ConfigControl["takeIn"] = (greeting) => {
    const isChanged = config.refresh();
    const [nextShell, nextFile] = [{ ...shell, ...greeting }, toConfigEnv(values())];
    const renewed = configSections.filter((section) => isOther(section, fileEnv, nextFile));
    return {
      env: { ...pickSections(overlayEnv(nextFile, nextShell), renewed), ...greeting },
      renewed: new Set(renewed),
      notes: isChanged ? [`${path} is read again`] : [],
      commit() {
        [shell, fileEnv] = [nextShell, nextFile];
        const brought = credentials.merge(parseCredentials(greeting));
        return [...brought, ...credentials.configure(toConfiguredCredentials(values(), shell))];
      },
    };
  };
  return {
    env,
    credentials,
    providerLimit: (provider) => toProviderLimits(values()).get(provider),
    preference: () => toModelPreference(values()),
    roles: () => toRoles(config.current(), "config"),
    mcpServers: () => {
      // Like a rule, a server counts from the moment it is written.
      config.refresh();
      return values().mcpServers;
    },
    agents: () => {
      config.refresh();
      return values().agents ?? {};
    },
    defaultLevel: () => values().policy?.mode,
    control: { takeIn, fault: () => config.fault(), hints: () => toHints(values()) },
  };
}

const sectionNames: Record<ConfigSection, RegExp> = {
  pool: /^(PROFCLAW_MODE|POOL_MAX_CONCURRENT|POOL_TIMEOUT_MS)$/,
  budgets: /^PROFCLAW_BUDGET_(DAY|MONTH)_(USD|TOKENS)$/,
  rates: /^PROFCLAW_.+_[RT]PM$/,
};

function pickSections(env: Env, sections: readonly ConfigSection[]): Env {
  const picked = Object.entries(env).filter(([name]) =>
    sections.some((section) => sectionNames[section].test(name)),
  );
  return Object.fromEntries(picked);
}

function isOther(section: ConfigSection, before: Env, after: Env): boolean {
  const [was, is] = [pickSections(before, [section]), pickSections(after, [section])];
  return [...Object.keys(was), ...Object.keys(is)].some((name) => was[name] !== is[name]);
}
