import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { shareLooks } from "../core/share-looks.ts";
import type { ResolvedPath } from "../policy/scope.ts";

// As many as the kernel follows before it says ELOOP.
const maxLinks = 40;

/**
 * Where a path leads, links followed as the kernel follows them (`..` too). What does not exist keeps
 * the real path of its nearest existing parent; a link to what does not exist leads there all the
 * same, because writing to it would. Never throws: what can not be looked up is missing.
 * Sessions in one folder ask for the same paths at the same time, and share a look that begins after they asked.
 */
export const resolvePath: (path: string) => Promise<ResolvedPath> = shareLooks(followPath);

async function followPath(path: string): Promise<ResolvedPath> {
  let wanted = path;
  for (let links = 0; links < maxLinks; links += 1) {
    const { parent, rest } = await findExisting(wanted);
    const [next, ...below] = rest;
    if (next === undefined) return { real: parent, kind: await readKind(parent) };
    const target = await tryReadLink(`${parent}/${next}`);
    if (target === undefined) return toMissing(parent, rest);
    wanted = [target.startsWith("/") ? target : `${parent}/${target}`, ...below].join("/");
  }
  return { real: path, kind: "special" };
}

/** The real path of the longest existing beginning, and the parts below it. */
async function findExisting(path: string): Promise<{ parent: string; rest: string[] }> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (let kept = parts.length; kept > 0; kept -= 1) {
    const found = await tryRealPath(`/${parts.slice(0, kept).join("/")}`);
    if (found !== undefined) return { parent: found, rest: parts.slice(kept) };
  }
  return { parent: "/", rest: parts };
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

async function tryReadLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
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
