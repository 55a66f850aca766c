import { lstat, realpath, stat } from "node:fs/promises";
import type { ResolvedPath } from "../policy/scope.ts";

/**
 * Where a path leads, links followed as the kernel follows them (`..` too). What does not exist keeps
 * the real path of its nearest existing parent. Never throws: what can not be looked up is missing.
 */
export async function resolvePath(path: string): Promise<ResolvedPath> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (let kept = parts.length; kept >= 0; kept -= 1) {
    const found = await tryRealPath(`/${parts.slice(0, kept).join("/")}`);
    if (found === undefined) continue;
    const rest = parts.slice(kept);
    return rest.length === 0 ? { real: found, kind: await readKind(found) } : toMissing(found, rest);
  }
  return { real: path, kind: "missing" };
}

/** Below what is missing, `..` can only be taken by name; it may climb above the existing parent again. */
function toMissing(parent: string, rest: readonly string[]): ResolvedPath {
  const parts = parent.split("/").filter((part) => part !== "");
  for (const part of rest) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return { real: `/${parts.join("/")}`, kind: "missing" };
}

async function tryRealPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

async function readKind(real: string): Promise<ResolvedPath["kind"]> {
  try {
    const entry = await lstat(real);
    // A link here appeared after it was resolved; opening refuses to follow it.
    const target = entry.isSymbolicLink() ? await stat(real) : entry;
    if (target.isFile()) return "file";
    return target.isDirectory() ? "folder" : "special";
  } catch {
    return "missing";
  }
}
