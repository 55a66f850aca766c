import { mkdirSync } from "node:fs";
import { ProfclawError } from "../../../core/errors.ts";
import type { Credential } from "../../../providers/credentials.ts";
import { findProgram } from "../../../sandbox/find-program.ts";
import type { ServerSource } from "../given-servers.ts";

export interface CodexParts extends ServerSource {
  /** Undefined: it is the user's own login that counts. */
  credential(): Credential | undefined;
  hasLogin(): boolean;
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

/** The program on that PATH. Throws agent-not-installed. */
export function requireCodex(path: string): string {
  const program = findProgram("codex", path);
  if (program !== undefined) return program;
  throw new ProfclawError("agent-not-installed", `codex is not on PATH (${path}).`, {
    pointer: "agent",
    hint: "Install it (npm i -g @openai/codex), or take another agent.",
  });
}
