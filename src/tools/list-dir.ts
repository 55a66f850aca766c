import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { z } from "zod";
import type { ToolOutcome } from "../core/tool-context.ts";
import { done } from "./outcome.ts";
import { defineTool, toAbsolutePath, type DecidedContext } from "./tool.ts";

const input = z.object({
  path: z.string().min(1).optional().describe("Folder; default: the workspace"),
});

type Input = z.infer<typeof input>;

const maxEntries = 500;

/** Lists one folder: folders with a slash, files with their size. */
export const listDirTool = defineTool<Input>({
  name: "list_dir",
  description: "List one folder.",
  input,
  effect: "pure",
  column: "reads",
  toAction: ({ path = "." }, { cwd }) => ({ kind: "read", path: toAbsolutePath(path, cwd) }),
  run: listFolder,
});

async function listFolder({ path = "." }: Input, context: DecidedContext): Promise<ToolOutcome> {
  context.report(`list ${path}`);
  const entries = await readdir(context.realPath, { withFileTypes: true });
  if (entries.length === 0) return done(`(${path} is empty)`);
  const sorted = entries.toSorted(compareEntries);
  const shown = sorted.slice(0, maxEntries);
  const lines = await Promise.all(shown.map((entry) => describeEntry(entry, context.realPath)));
  if (sorted.length > shown.length) {
    lines.push(`(${sorted.length - shown.length} more of ${sorted.length}: narrow it down with glob)`);
  }
  return done(lines.join("\n"));
}

/** Folders first, then by name as bytes: the same on every machine. */
function compareEntries(a: Dirent, b: Dirent): number {
  if (a.isDirectory() !== b.isDirectory()) return a.isDirectory() ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

async function describeEntry(entry: Dirent, folder: string): Promise<string> {
  // A name may hold a line end, which would forge an entry.
  const name = /[\n\r\t]/.test(entry.name) ? JSON.stringify(entry.name) : entry.name;
  if (entry.isDirectory()) return `${name}/`;
  if (entry.isSymbolicLink()) return `${name} (link)`;
  if (!entry.isFile()) return `${name} (not a file)`;
  try {
    return `${name} (${(await lstat(`${folder}/${entry.name}`)).size} bytes)`;
  } catch {
    return `${name} (gone)`;
  }
}
