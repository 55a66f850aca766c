import { createHash } from "node:crypto";
import type { Credential } from "../credentials.ts";

/** Tells one key and URL of a provider from another, without holding the key. */
export function toKeyFingerprint(credential: Credential | undefined): string {
  const text = JSON.stringify([credential?.apiKey ?? null, credential?.baseUrl ?? null]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
