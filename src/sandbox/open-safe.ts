import { randomBytes } from "node:crypto";
import { constants, readlinkSync, type Stats } from "node:fs";
import { lstat, mkdir, open, realpath, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { ProfclawError } from "../core/errors.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

// Linux names an open handle's file, so a folder that was swapped after the decision is seen for sure.
const hasHandlePaths = process.platform === "linux";

/**
 * Opens the file that a decision was made on, for reading. `real` must be its real path: a link that
 * appeared anywhere on the way since, and whatever is no regular file, is refused. The caller closes it.
 */
export async function openForReading(real: string): Promise<FileHandle> {
  return (await openWithSize(real)).handle;
}

/** The same, and what the file holds at that moment, in bytes; 0 also for files that the kernel makes up. */
export async function openWithSize(real: string): Promise<{ handle: FileHandle; size: number }> {
  // O_NONBLOCK: a FIFO put in the file's place must not hold us.
  const handle = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    await checkHandle(handle, real);
    const found = await handle.stat();
    if (!found.isFile()) throw refusal(real, "is not a regular file");
    return { handle, size: found.size };
  } catch (fault) {
    await handle.close();
    throw fault;
  }
}

/**
 * Writes the whole file at once: a temporary file in the same folder, then a rename. Missing folders
 * are made. Mode and, where permitted, owner of an existing file are kept. `real` as for reading.
 */
export async function writeWholeFile(real: string, content: string): Promise<void> {
  const folderPath = dirname(real);
  const folder = await openFolder(folderPath);
  try {
    const at = hasHandlePaths ? `/proc/self/fd/${folder.fd}` : folderPath;
    await replaceFile(
      { target: `${at}/${basename(real)}`, temporary: `${at}/${toTemporaryName()}`, real },
      content,
    );
  } finally {
    await folder.close();
  }
}

async function replaceFile(
  paths: { target: string; temporary: string; real: string },
  content: string,
): Promise<void> {
  const existing = await readExisting(paths.target);
  if (existing !== undefined && !existing.isFile()) throw refusal(paths.real, "is not a regular file");
  const handle = await open(paths.temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
  try {
    await handle.writeFile(content, "utf8");
    if (existing !== undefined) await keepOwner(handle, existing);
    await handle.close();
    await rename(paths.temporary, paths.target);
  } catch (fault) {
    await handle.close();
    await unlink(paths.temporary);
    throw fault;
  }
}

async function keepOwner(handle: FileHandle, existing: Stats): Promise<void> {
  // Only root may give files away; a file of somebody else then becomes ours, as with any editor.
  if (process.getuid?.() === 0) await handle.chown(existing.uid, existing.gid);
  await handle.chmod(existing.mode & 0o7777);
}

async function readExisting(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (fault) {
    if (isMissing(fault)) return undefined;
    throw fault;
  }
}

/** The folder's own handle, made if it is missing, step by step from its nearest existing parent. */
async function openFolder(real: string): Promise<FileHandle> {
  try {
    return await openExistingFolder(real);
  } catch (fault) {
    if (!isMissing(fault) || real === "/") throw fault;
  }
  const parent = await openFolder(dirname(real));
  try {
    const at = hasHandlePaths ? `/proc/self/fd/${parent.fd}` : dirname(real);
    await mkdir(`${at}/${basename(real)}`).catch(ignoreExisting);
  } finally {
    await parent.close();
  }
  return openExistingFolder(real);
}

async function openExistingFolder(real: string): Promise<FileHandle> {
  const handle = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await checkHandle(handle, real);
    return handle;
  } catch (fault) {
    await handle.close();
    throw fault;
  }
}

/** The open handle must be what the path was when it was decided on, all links resolved. */
async function checkHandle(handle: FileHandle, real: string): Promise<void> {
  if (hasHandlePaths) {
    // The kernel answers from memory: asked at once it costs a tenth of a turn through the thread pool.
    if (readlinkSync(`/proc/self/fd/${handle.fd}`) !== real)
      throw refusal(real, "changed while it was opened");
    return;
  }
  const [opened, named, again] = await Promise.all([handle.stat(), stat(real), realpath(real)]);
  if (opened.dev !== named.dev || opened.ino !== named.ino || again !== real) {
    throw refusal(real, "changed while it was opened");
  }
}

function toTemporaryName(): string {
  return `.profclaw-${randomBytes(6).toString("hex")}.tmp`;
}

function refusal(real: string, what: string): ProfclawError {
  return new ProfclawError("policy-denied", `${real} ${what}.`, { hint: "Nothing was done." });
}

function isMissing(fault: unknown): boolean {
  return fault instanceof Error && Reflect.get(fault, "code") === "ENOENT";
}

function ignoreExisting(fault: unknown): void {
  if (!(fault instanceof Error) || Reflect.get(fault, "code") !== "EEXIST") throw fault;
}
