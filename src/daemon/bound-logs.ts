import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const mostBytes = 5 * 2 ** 30;

interface LogFile {
  path: string;
  sizeBytes: number;
  changedAt: number;
}

/**
 * Deletes the oldest files of the log folder until 5 GB are left; `kept` is the one that is written to now.
 * Answers what went.
 */
export async function boundLogs(folder: string, kept: string): Promise<{ files: number; bytes: number }> {
  const files = (await readFiles(folder)).toSorted((a, b) => a.changedAt - b.changedAt);
  let left = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const gone = { files: 0, bytes: 0 };
  for (const { path, sizeBytes } of files) {
    if (left <= mostBytes) break;
    if (path === kept) continue;
    await rm(path, { force: true });
    left -= sizeBytes;
    gone.files += 1;
    gone.bytes += sizeBytes;
  }
  return gone;
}

async function readFiles(folder: string): Promise<LogFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: LogFile[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const found = await stat(path).catch(() => null);
    if (found !== null) files.push({ path, sizeBytes: found.size, changedAt: found.mtimeMs });
  }
  return files;
}
