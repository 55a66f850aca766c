import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

/** A process that has a socket open, and under which number. */
export interface SocketHolder {
  pid: number;
  fd: string;
}

/** Search at most this long before other requests get a turn. */
const sliceMs = 4;

/**
 * The process that holds the socket with this inode; null if no process that we may look into does.
 * `likely` are tried first, then the newest processes: a curl was started a moment ago.
 */
export async function findSocketHolder(
  inode: string,
  procFolder: string,
  likely: readonly number[] = [],
): Promise<SocketHolder | null> {
  let sliceEnd = performance.now() + sliceMs;
  for (const pid of listCandidates(procFolder, likely)) {
    const fd = findFd(pid, { inode, procFolder });
    if (fd !== null) return { pid, fd };
    if (performance.now() > sliceEnd) {
      await setImmediate();
      sliceEnd = performance.now() + sliceMs;
    }
  }
  return null;
}

/** True if that process still has that socket open: its pid was not given to another since. */
export function holdsSocket(holder: SocketHolder, inode: string, procFolder: string): boolean {
  return readLink(join(procFolder, String(holder.pid), "fd", holder.fd)) === `socket:[${inode}]`;
}

/** A generator, so that the whole list is only read when the likely ones do not have it. */
function* listCandidates(procFolder: string, likely: readonly number[]): Iterable<number> {
  yield* likely;
  yield* listNewestFirst(procFolder);
}

function findFd(pid: number, wanted: { inode: string; procFolder: string }): string | null {
  const folder = join(wanted.procFolder, String(pid), "fd");
  const link = `socket:[${wanted.inode}]`;
  // Newest first here too: the connection is younger than the program's own files.
  const fds = listFolder(folder).toReversed();
  return fds.find((fd) => readLink(`${folder}/${fd}`) === link) ?? null;
}

/** Pids count up and wrap around; /proc/loadavg ends with the one given out last. */
function listNewestFirst(procFolder: string): number[] {
  const pids = listFolder(procFolder)
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
    .toSorted((a, b) => b - a);
  const last = Number(readText(join(procFolder, "loadavg")).trim().split(" ").at(-1));
  return [...pids.filter((pid) => pid <= last), ...pids.filter((pid) => !(pid <= last))];
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Another user's process, or one that has just ended.
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
