import type { PolicyScope } from "./scope.ts";

/** Credentials and other agents' settings, in any home folder. */
const homeSecrets = [
  ".ssh",
  ".aws",
  ".gnupg",
  ".config/gh",
  ".netrc",
  ".claude",
  ".claude.json",
  ".codex",
  ".gemini",
  ".config/opencode",
  ".local/share/opencode",
];

/** Kernel file systems: environments, memory and devices of any process live there. */
const systemRoots = ["/proc", "/sys", "/dev"];

/** Names in a workspace whose content is run or trusted by others; at any depth, existing or not. */
const writeProtected: ReadonlySet<string> = new Set([
  ".git",
  ".mcp.json",
  ".claude",
  ".codex",
  ".gemini",
  ".opencode",
  "opencode.json",
  "opencode.jsonc",
  ".vscode",
  ".envrc",
  "profclaw.yaml",
]);

/** True if `path` is `folder` or lies below it, by components and never by string prefix. */
export function isInside(path: string, folder: string): boolean {
  return startsWithParts(toParts(path), toParts(folder));
}

/** Why no tool may touch this real path at any level; undefined if the levels decide. */
export function refusedReason(real: string, scope: PolicyScope): string | undefined {
  const parts = toParts(real);
  const system = systemFolders.find((root) => startsWithParts(parts, root.parts));
  if (system !== undefined) return `${real} belongs to the kernel (${system.path}), which no tool may open`;
  return secretReason(real, scope);
}

/** Why a path holds secrets that no tool and no command may name; undefined if it does not. */
export function secretReason(real: string, scope: PolicyScope): string | undefined {
  const folded = toFoldedParts(real);
  if (folded[0] === "proc" && folded.at(-1) === "environ") return `${real} is a process's environment`;
  if (secretFolders(scope).some((folder) => startsWithParts(folded, folder.folded))) {
    return `${real} is protected: no session may open it, whatever its level`;
  }
  return undefined;
}

/** Why this path in a workspace may not be written, although writes are allowed; else undefined. */
export function writeProtectedReason(real: string, scope: PolicyScope): string | undefined {
  // Below the workspace only: a workspace may itself lie in a folder of such a name.
  const below = isInside(real, scope.workspace)
    ? toParts(real).slice(toParts(scope.workspace).length)
    : toParts(real);
  const name = below.find((part) => writeProtected.has(fold(part)));
  if (name === undefined) return undefined;
  return `${name} is protected from writing: others run or trust what is in it`;
}

/** Protected folders below `real`: what a search through it must leave out. */
export function protectedBelow(real: string, scope: PolicyScope): string[] {
  const searched = toParts(real);
  const all = [...secretFolders(scope), ...systemFolders];
  return all.flatMap(({ path, parts }) => (path !== real && startsWithParts(parts, searched) ? [path] : []));
}

interface KnownFolder {
  path: string;
  parts: string[];
  folded: string[];
}

const systemFolders = systemRoots.map(toKnownFolder);
// By the lists themselves, which are made once and stay: taking the same names apart for every call cost
// more than all else that is decided.
const secretsOf = new WeakMap<readonly string[], WeakMap<readonly string[], KnownFolder[]>>();

function secretFolders({ homes, protectedPaths }: PolicyScope): KnownFolder[] {
  const ofHomes = secretsOf.get(homes) ?? new WeakMap<readonly string[], KnownFolder[]>();
  secretsOf.set(homes, ofHomes);
  const known = ofHomes.get(protectedPaths);
  if (known !== undefined) return known;
  const inHomes = homes.flatMap((home) => homeSecrets.map((name) => `${home}/${name}`));
  const folders = [...protectedPaths, ...inHomes].map(toKnownFolder);
  ofHomes.set(protectedPaths, folders);
  return folders;
}

function toKnownFolder(path: string): KnownFolder {
  return { path, parts: toParts(path), folded: toFoldedParts(path) };
}

function startsWithParts(parts: readonly string[], start: readonly string[]): boolean {
  return start.every((part, index) => parts[index] === part);
}

function toParts(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function toFoldedParts(path: string): string[] {
  return toParts(path).map(fold);
}

/**
 * A name as a forgiving file system may see it: without case, compatibility forms, characters that
 * do not show (HFS+ ignores them, CVE-2014-9390) and trailing dots and blanks.
 */
function fold(part: string): string {
  return part
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/(?<=[^. ])[. ]+$/, "")
    .toLowerCase();
}
