import type { Credentials } from "./credentials.ts";
import { findProviderEntry } from "./provider-data.ts";

/** True if a call can be made now: a shipped provider has its key, any other one its base URL. */
export function isProviderReady(credentials: Credentials, provider: string): boolean {
  const credential = credentials.get(provider);
  const entry = findProviderEntry(provider);
  if (entry?.isKeyless === true) return true;
  const needed = entry === undefined ? credential?.baseUrl : credential?.apiKey;
  return needed !== undefined && needed !== "";
}
