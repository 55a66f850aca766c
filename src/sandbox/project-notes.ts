import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { isRepositoryTop } from "../config/repository-top.ts";
import type { ProjectNotes } from "../core/session.ts";
import { openForReading } from "./open-safe.ts";

const names = ["AGENTS.md", "CLAUDE.md"];
// They go out with every call of every session: about 4,000 tokens.
const mostBytes = 16_384;

interface NotesFile {
  path: string;
  sizeBytes: number;
  text: string;
}

/**
 * AGENTS.md (or else CLAUDE.md) of the folder and of those above it, up to the repository's root; without a
 * repository of the folder alone. The nearest counts most: it is read first, and last to be cut. Null where
 * there is none. A link that leads out of the project is not followed.
 */
export async function readProjectNotes(cwd: string): Promise<ProjectNotes | null> {
  const folders = listFolders(cwd);
  const root = folders.at(-1) ?? cwd;
  const found = await Promise.all(folders.map((folder) => readNotes(folder, root)));
  let left = mostBytes;
  const kept = found.flatMap((file) => {
    if (file === null || left <= 0) return [];
    const text = cut(file.text, left);
    left -= Buffer.byteLength(text);
    return [{ ...file, text, truncated: Buffer.byteLength(text) < file.sizeBytes }];
  });
  if (kept.length === 0) return null;
  return {
    files: kept.map(({ path, sizeBytes, truncated }) => ({ path, sizeBytes, truncated })),
    text: kept.map(toSection).join("\n"),
  };
}

function toSection({ path, text, truncated }: NotesFile & { truncated: boolean }): string {
  const end = truncated ? "\n… cut here; read the file for the rest." : "";
  return `<project-notes path=${JSON.stringify(path)}>\n${text.trim()}${end}\n</project-notes>`;
}

function listFolders(cwd: string): string[] {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    if (isRepositoryTop(folder)) return folders;
    if (dirname(folder) === folder) return [cwd];
  }
}

async function readNotes(folder: string, root: string): Promise<NotesFile | null> {
  for (const name of names) {
    const file = await readNotesFile(join(folder, name), root);
    if (file !== null) return file;
  }
  return null;
}

/** Null where there is none, or none that may be read: notes are a help, never a hindrance. */
async function readNotesFile(path: string, root: string): Promise<NotesFile | null> {
  try {
    const real = await realpath(path);
    const inside = relative(root, real);
    if (inside.startsWith("..") || isAbsolute(inside)) return null;
    const handle = await openForReading(real);
    try {
      const { size } = await handle.stat();
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(size, mostBytes)), 0, null, 0);
      const text = buffer.toString("utf8", 0, bytesRead);
      return text.trim() === "" ? null : { path, sizeBytes: size, text };
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

/** At most so many bytes, never half a character. */
function cut(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  return whole.length <= bytes ? text : whole.toString("utf8", 0, bytes).replace(/\uFFFD+$/, "");
}
