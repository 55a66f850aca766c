import { readFileSync } from "node:fs";

/**
 * The environment variables that a user's file names as keys, by its words alone: a command that only
 * greets the daemon does not pay for a parser. The daemon's own reading is what counts.
 */
export function findKeyVariables(path: string): string[] {
  try {
    const matches = readFileSync(path, "utf8").matchAll(
      /^[^#\n]*\bapi_key_env"?\s*:\s*["']?([A-Za-z_]\w{0,99})/gm,
    );
    return [...new Set([...matches].flatMap(([, name]) => (name === undefined ? [] : [name])))];
  } catch {
    return [];
  }
}
