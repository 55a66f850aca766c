import { ProfclawError } from "../../core/errors.ts";

// Older ones have the WAL-reset bug: two connections that write and checkpoint at once can lose a commit.
const oldest = [3, 51, 3] as const;

/** Throws ProfclawError("config-invalid") for a SQLite that can lose what it committed. */
export function checkSqliteVersion(version: string): void {
  if (isAtLeast(version.split(".").map(Number))) return;
  throw new ProfclawError(
    "config-invalid",
    `This Node brings SQLite ${version}, which can lose committed data; ${oldest.join(".")} is needed. ` +
      "Use Node 24.15 or newer, or 22.23.3 or newer.",
  );
}

function isAtLeast(found: readonly number[]): boolean {
  for (const [place, needed] of oldest.entries()) {
    const part = found[place] ?? 0;
    if (part !== needed) return part > needed;
  }
  return true;
}
