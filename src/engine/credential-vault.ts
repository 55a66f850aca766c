import type { Credential } from "../config/shell.ts";

/** Keys and base URLs, in memory only. Later ones win; what a shell does not say stays. */
export interface CredentialVault {
  get(provider: string): Credential | undefined;
  /** Providers that have something set. */
  names(): string[];
  /** The providers whose entry changed. */
  merge(credentials: ReadonlyMap<string, Credential>): string[];
}

export function createCredentialVault(initial: ReadonlyMap<string, Credential>): CredentialVault {
  const entries = new Map(initial);
  return {
    get: (provider) => entries.get(provider),
    names: () => [...entries.keys()],
    merge(credentials) {
      const changed: string[] = [];
      for (const [provider, next] of credentials) {
        const before = entries.get(provider);
        const merged = { ...before, ...next };
        if (before?.apiKey === merged.apiKey && before?.baseUrl === merged.baseUrl) continue;
        entries.set(provider, merged);
        changed.push(provider);
      }
      return changed;
    },
  };
}
