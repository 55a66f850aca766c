import { takeBackup } from "./backups.ts";
import { openConnection } from "./connection.ts";
import { runGroup } from "./run-group.ts";
import type { SqliteStore, SqliteStoreOptions } from "./sqlite-store.ts";
import { createSqliteStore } from "./sqlite-store.ts";
import type { StoreLink } from "./store-link.ts";

/**
 * The same store as openSqliteStore with the database in the caller's thread: quicker to open, for
 * short-lived programs and tests; every commit stops the event loop. Rejects as openSqliteStore does.
 */
export async function openInProcessStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { clock, ...connectionOptions } = options;
  const { connection, healed } = await openConnection({ ...connectionOptions, now: clock.now() });
  const link: StoreLink = {
    epoch: connection.epoch,
    healed,
    run: async (group) => runGroup({ ...connection, now: group.now }, group.calls),
    backUp: (now) => takeBackup(connection.files, { now, isBeforeMigration: false }),
    onLoss: () => undefined,
    close: async () => connection.database.close(),
  };
  return createSqliteStore(link, options);
}
