import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isArtifactName } from "./artifacts.ts";
import type { Scope } from "./connection.ts";

/** Files of the artifacts' folder that no row names, but for recent ones. */
export function deleteStrayArtifacts(scope: Scope, query: { names: string[]; before: number }): number {
  const row = scope.statement("SELECT 1 FROM artifacts WHERE id = ?");
  const strays = query.names.filter((name) => {
    if (!isArtifactName(name) || row.get(name) !== undefined) return false;
    const found = statSync(join(scope.artifactsPath, name), { throwIfNoEntry: false });
    return found !== undefined && found.isFile() && found.mtimeMs < query.before;
  });
  for (const name of strays) rmSync(join(scope.artifactsPath, name), { force: true });
  return strays.length;
}
