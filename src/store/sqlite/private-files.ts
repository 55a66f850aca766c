import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";

/** Makes the folder, and those above it, for the user alone. One that exists stays as it is. */
export function createPrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/**
 * Makes an empty file that only the user can read, or makes an existing one so. SQLite would make
 * 0644; its WAL gets the mode of the database. An existing file is never opened here: closing any
 * handle on it would drop this process's locks on it (POSIX), those of other connections too.
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
    chmodSync(path, 0o600);
  }
}

/** True for a system error with this code, e.g. "ENOENT". */
export function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
