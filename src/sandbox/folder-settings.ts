import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** A settings file that came with a folder, as it is now. */
export interface SettingsFile {
  /** Below the folder: "profclaw.yaml". */
  path: string;
  sha256: string;
  text: string;
}

/** Settings that take effect once their folder is trusted. */
const settingsFiles = ["profclaw.yaml", ".mcp.json"];
const agentsFolder = ".claude/agents";
const maxBytes = 1024 * 1024;
const maxFiles = 200;

/** The settings of a folder, by path. Throws an Error that says which file is too large, too many or not a file. */
export async function readFolderSettings(folder: string): Promise<SettingsFile[]> {
  const names = [...settingsFiles, ...(await listAgents(folder))];
  if (names.length > maxFiles + settingsFiles.length) {
    throw new Error(`${join(folder, agentsFolder)} has more than ${maxFiles} files`);
  }
  const found = await Promise.all(names.map((path) => readSettings(folder, path)));
  return found.filter((file) => file !== null).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** One text for all of them: their paths and bytes. */
export function hashSettings(files: readonly Pick<SettingsFile, "path" | "sha256">[]): string {
  return hash(JSON.stringify(files.map(({ path, sha256 }) => [path, sha256])));
}

async function listAgents(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, agentsFolder)).catch(ignoreMissing);
  return (names ?? []).filter((name) => name.endsWith(".md")).map((name) => `${agentsFolder}/${name}`);
}

async function readSettings(folder: string, path: string): Promise<SettingsFile | null> {
  // Without waiting: a FIFO in the file's place must not hold us.
  const handle = await open(join(folder, path), constants.O_RDONLY | constants.O_NONBLOCK).catch(
    ignoreMissing,
  );
  if (handle === null) return null;
  try {
    const entry = await handle.stat();
    if (!entry.isFile()) throw new Error(`${join(folder, path)} is not a regular file`);
    if (entry.size > maxBytes) throw new Error(`${join(folder, path)} has more than ${maxBytes} bytes`);
    const bytes = await handle.readFile();
    return { path, sha256: hash(bytes), text: bytes.toString("utf8") };
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): null {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return null;
  throw error;
}

function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
