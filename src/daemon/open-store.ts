import type { StatePaths } from "../config/paths.ts";
import { systemClock } from "../core/clock.ts";
import { openSqliteStore } from "../store/sqlite/open-sqlite-store.ts";
import type { SqliteStore } from "../store/sqlite/sqlite-store.ts";

/** Opens the store of a state folder whose lock is held. */
export function openStore(paths: Pick<StatePaths, "database" | "artifacts">): Promise<SqliteStore> {
  return openSqliteStore({ path: paths.database, artifactsPath: paths.artifacts, clock: systemClock });
}
