import { copyFileSync, existsSync, fstatSync, renameSync, statSync, truncateSync, writeSync } from "node:fs";
import { stderr } from "node:process";

const limitBytes = 10 * 1024 * 1024;
const olderFiles = 2;
// The supervisor writes to the same file: its size is asked for after so much of our own.
const lookEveryBytes = 64 * 1024;

/**
 * Writes lines to stderr. Where that is the log file at `path`, opened for appending as the client that
 * started us did, the file is kept below 10 MB, with two older ones beside it.
 */
export function openLogFile(path: string): (line: string) => void {
  // On a full disk a line is lost; the daemon is not.
  stderr.on("error", () => undefined);
  const isFile = isSameFile(path);
  let sinceLook = lookEveryBytes;
  return (line) => {
    sinceLook += line.length;
    try {
      if (isFile && sinceLook >= lookEveryBytes) {
        sinceLook = 0;
        if (fstatSync(stderr.fd).size > limitBytes) rotate(path);
      }
      writeSync(stderr.fd, line);
    } catch {
      // A closed terminal, a full disk: there is nobody to tell.
    }
  };
}

function isSameFile(path: string): boolean {
  const log = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(stderr.fd);
  return log !== undefined && ours.isFile() && log.ino === ours.ino && log.dev === ours.dev;
}

/**
 * Copied and emptied, not renamed: supervisor and daemon hold the file open, and what they append next
 * goes to its beginning.
 */
function rotate(path: string): void {
  for (let age = olderFiles - 1; age >= 1; age -= 1) {
    if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`);
  }
  try {
    copyFileSync(path, `${path}.1`);
  } finally {
    truncateSync(path, 0);
  }
}
