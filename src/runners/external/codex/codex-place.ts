import { mkdirSync } from "node:fs";
import type { Credential } from "../../../providers/credentials.ts";
import type { ServerSource } from "../given-servers.ts";

export interface CodexParts extends ServerSource {
  /** Undefined: it is the user's own login that counts. */
  credential(): Credential | undefined;
  hasLogin(): boolean;
  /** The variables that the user's settings give codex. */
  settings(): Readonly<Record<string, string>>;
  /** The folder with the user's own settings and login. */
  userHome(): string;
  /** The one that sessions with a key of ours share. */
  ownHome: string;
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl(): string | null;
}

/** With which key, and in which folder, codex runs. */
export interface CodexPlace {
  key: Credential | undefined;
  isKeyed: boolean;
  codexHome: string;
}

/** The folder is there afterwards. */
export function openCodexHome(parts: Pick<CodexParts, "credential" | "ownHome" | "userHome">): CodexPlace {
  const key = parts.credential();
  const isKeyed = key?.apiKey !== undefined;
  // With a login it has to be the user's folder: a copied login is lost when the other one is renewed.
  const codexHome = isKeyed ? parts.ownHome : parts.userHome();
  if (isKeyed) mkdirSync(codexHome, { recursive: true, mode: 0o700 });
  return { key, isKeyed, codexHome };
}

/** What both drivers of codex are started from. */
export const codexPackage = { name: "codex", npmPackage: "@openai/codex" };
