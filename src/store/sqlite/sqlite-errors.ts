import { ProfclawError } from "../../core/errors.ts";
import { DamagedStoreError } from "./damage.ts";

// Result codes: https://sqlite.org/rescode.html
const failed = 1;
const busy = 5;
const readOnly = 8;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;
// SQLITE_IOERR_SHMSIZE: no room to grow the WAL index.
const shmSize = 4874;

/** SQLite's result code with its extended bits; undefined for an error that is not SQLite's. */
function toResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

/** Another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return ((toResultCode(error) ?? 0) & 0xff) === busy;
}

/** SQLite found something else than a database, or a damaged one, or no JSON where we wrote some. */
export function isDamaged(error: unknown): boolean {
  const code = (toResultCode(error) ?? 0) & 0xff;
  if (code === failed) return error instanceof Error && error.message === "malformed JSON";
  return code === notADatabase || code === corrupt;
}

/** Something would have to be written, and this connection only reads. */
export function isReadOnly(error: unknown): boolean {
  return ((toResultCode(error) ?? 0) & 0xff) === readOnly;
}

/** The file or its folder cannot be opened or written: rights, a missing disk, a lock that stays. */
export function isUnusable(error: unknown): boolean {
  const code = (toResultCode(error) ?? 0) & 0xff;
  const isFromFileSystem = error instanceof Error && "syscall" in error;
  return isFromFileSystem || code === busy || code === readOnly || code === cannotOpen;
}

function isFull(error: unknown): boolean {
  const code = toResultCode(error);
  if (code !== undefined) return code === full || code === shmSize;
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** A full disk becomes ProfclawError("storage-full"), damage DamagedStoreError; everything else stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (isDamaged(error) && error instanceof Error) return new DamagedStoreError(error.message);
  if (!isFull(error)) return error;
  return new ProfclawError(
    "storage-full",
    "The disk of the state folder is full; nothing was written. Free some space and try again.",
  );
}
