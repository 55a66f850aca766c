import { type Stats, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

// The byte of SQLite's RESERVED lock: PENDING_BYTE (0x40000000) and one (https://sqlite.org/c3ref, os.h).
const reservedByte = 0x40000001;

/**
 * The process that has the state folder's lock now, as the kernel says it; null where it does not:
 * no /proc, or a process of another pid namespace.
 */
export function findLockHolder(folder: string): number | null {
  const file = statQuietly(join(folder, "daemon.lock"));
  if (file === undefined) return null;
  const pids = readLocks().flatMap((line) => toPid(line, file.ino));
  // Inode numbers repeat on other file systems: the holder has this very file open.
  return pids.find((pid) => hasOpen(pid, file)) ?? null;
}

/** "1: POSIX  ADVISORY  WRITE 10681 fe:00:2572568 1073741825 1073741825", proc_locks(5). */
function toPid(line: string, inode: number): number[] {
  const [, kind, , access, pid, file = "", start] = line.split(/\s+/);
  const isMeant = kind === "POSIX" && access === "WRITE" && Number(start) === reservedByte;
  return isMeant && Number(file.split(":")[2]) === inode && Number(pid) > 0 ? [Number(pid)] : [];
}

function hasOpen(pid: number, file: Stats): boolean {
  const folder = `/proc/${pid}/fd`;
  return listQuietly(folder).some((name) => {
    const open = statQuietly(join(folder, name));
    return open?.ino === file.ino && open.dev === file.dev;
  });
}

function readLocks(): string[] {
  try {
    return readFileSync("/proc/locks", "latin1").split("\n");
  } catch {
    return [];
  }
}

function listQuietly(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statQuietly(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
