import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ProfclawError } from "../../core/errors.ts";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";
import { isBusy } from "./sqlite-errors.ts";

export type StateLock = { kind: "taken"; release(): void } | { kind: "held" };

/**
 * Takes the state folder for this process, or says that another has it. Never waits. The operating
 * system frees the lock with the process, however that dies. Throws ProfclawError("config-invalid")
 * if the folder cannot be used.
 *
 * The lock is SQLite's RESERVED lock on an empty database of its own: one byte that exactly one
 * process gets. (EXCLUSIVE is taken in two steps, at which racing processes can all fail.) Nothing
 * else may open `daemon.lock` in this process: closing any handle on it would drop the lock (POSIX).
 */
export function takeStateLock(folder: string): StateLock {
  const database = openLockFile(folder);
  try {
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return { kind: "held" };
    throw toFolderError(folder, error);
  }
  return { kind: "taken", release: () => database.close() };
}

function openLockFile(folder: string): DatabaseSync {
  const path = join(folder, "daemon.lock");
  try {
    createPrivateFolder(folder);
    createPrivateFile(path);
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw toFolderError(folder, error);
  }
}

function toFolderError(folder: string, cause: unknown): ProfclawError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ProfclawError(
    "config-invalid",
    `The state folder ${folder} cannot be locked: ${reason}. Check its rights, or set PROFCLAW_HOME.`,
  );
}
