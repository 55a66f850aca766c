import { readFileSync } from "node:fs";
import { join } from "node:path";

/** True if Claude Code has a login in this home: where it keeps that itself, or where it keeps who is logged in. */
export function hasClaudeLogin(home: string): boolean {
  if (read(join(home, ".claude", ".credentials.json")).includes("claudeAiOauth")) return true;
  // On macOS the login itself is in the keychain.
  return process.platform === "darwin" && read(join(home, ".claude.json")).includes('"oauthAccount"');
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
