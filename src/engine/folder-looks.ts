import { realpath, stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { ProfclawError } from "../core/errors.ts";
import type { ProjectNotes } from "../core/session.ts";
import type { EngineParts } from "./engine-parts.ts";
import { type FolderLevel, readFolderLevel } from "./folder-level.ts";
import { readProjectNotes } from "../sandbox/project-notes.ts";

/** What one request finds in the folders it names: a thousand sessions of it look at the same one once. */
export interface FolderLooks {
  /** The real path of `wanted`, seen from `fallback`. Throws cwd-not-found. */
  resolve(wanted: string | undefined, fallback: string): Promise<string>;
  /** The project notes of a real path. */
  notesOf(cwd: string): Promise<ProjectNotes | null>;
  /** The level of a session that names none, in a real path. Throws config-invalid. */
  levelOf(cwd: string): Promise<FolderLevel>;
}

/** Made anew for every request, so that nothing older than the request is taken for true. */
export function createFolderLooks(parts: Pick<EngineParts, "rules" | "defaultLevel">): FolderLooks {
  const findFolder = rememberEach(findRealFolder);
  return {
    resolve: (wanted, fallback) => findFolder(toPath(wanted, fallback)),
    notesOf: rememberEach(readProjectNotes),
    levelOf: rememberEach((cwd) => readFolderLevel(parts, cwd)),
  };
}

/** The real path of a folder. Throws cwd-not-found. */
export async function resolveCwd(wanted: string | undefined, fallback: string): Promise<string> {
  return findRealFolder(toPath(wanted, fallback));
}

function toPath(wanted: string | undefined, fallback: string): string {
  return wanted === undefined ? fallback : resolve(fallback, wanted);
}

function rememberEach<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const found = known.get(key) ?? look(key);
    known.set(key, found);
    return found;
  };
}

async function findRealFolder(path: string): Promise<string> {
  if (!isAbsolute(path)) return refuseCwd(path);
  const real = await realpath(path).catch(() => refuseCwd(path));
  const found = await stat(real);
  return found.isDirectory() ? real : refuseCwd(path);
}

function refuseCwd(path: string): never {
  throw new ProfclawError("cwd-not-found", `No folder is at ${path}.`, {
    pointer: "cwd",
    hint: "Make it first, or name a folder that exists.",
  });
}
