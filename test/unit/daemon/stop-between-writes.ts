import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** Stops a daemon as SIGSTOP does, but not in the middle of a write: then nobody could take its place over. */
export async function stopBetweenWrites(pid: number, databasePath: string): Promise<void> {
  for (;;) {
    process.kill(pid, "SIGSTOP");
    if (canWrite(databasePath)) return;
    process.kill(pid, "SIGCONT");
    await sleep(20);
  }
}

function canWrite(path: string): boolean {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}
