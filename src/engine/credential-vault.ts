import type { Credential } from "../config/shell.ts";

/** Keys and base URLs, in memory only. Later ones win; what a shell does not say stays. */
export interface CredentialVault {
  get(provider: string): Credential | undefined;
  /** Providers that have something set. */
  names(): string[];
  /** The providers whose entry changed. */
  merge(credentials: ReadonlyMap<string, Credential>): string[];
  /** Replaces what the user's file says, which stands below every shell. The providers whose entry changed. */
  configure(credentials: ReadonlyMap<string, Credential>): string[];
}

export function createCredentialVault(initial: ReadonlyMap<string, Credential>): CredentialVault {
  const entries = new Map(initial);
  let configured: ReadonlyMap<string, Credential> = new Map();
  const get = (provider: string): Credential | undefined => {
    const below = configured.get(provider);
    return below === undefined ? entries.get(provider) : { ...below, ...entries.get(provider) };
  };
  const names = (): string[] => [...new Set([...entries.keys(), ...configured.keys()])];
  return {
    get,
    names,
    merge(credentials) {
      const changed: string[] = [];
      for (const [provider, next] of credentials) {
        const before = entries.get(provider);
        const merged = { ...before, ...next };
        if (isSame(before, merged)) continue;
        entries.set(provider, merged);
        changed.push(provider);
      }
      return changed;
    },
    configure(credentials) {
      const before = new Map([...names(), ...credentials.keys()].map((name) => [name, get(name)]));
      configured = new Map(credentials);
      return [...before].flatMap(([name, old]) => (isSame(old, get(name)) ? [] : [name]));
    },
  };
}

function isSame(a: Credential | undefined, b: Credential | undefined): boolean {
  return a?.apiKey === b?.apiKey && a?.baseUrl === b?.baseUrl;
}
