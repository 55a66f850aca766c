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
  const system = systemRoots.find((root) => isInside(real, root));
  if (system !== undefined) return `${real} belongs to the kernel (${system}), which no tool may open`;
  return secretReason(real, scope);
}

/** Why a path holds secrets that no tool and no command may name; undefined if it does not. */
export function secretReason(real: string, scope: PolicyScope): string | undefined {
  const folded = toFoldedParts(real);
  if (folded[0] === "proc" && folded.at(-1) === "environ") return `${real} is a process's environment`;
  if (secretFolders(scope).some((folder) => startsWithParts(folded, toFoldedParts(folder)))) {
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
  const all = [...secretFolders(scope), ...systemRoots];
  return all.filter((path) => path !== real && isInside(path, real));
}

function secretFolders(scope: PolicyScope): string[] {
  const inHomes = scope.homes.flatMap((home) => homeSecrets.map((name) => `${home}/${name}`));
  return [...scope.protectedPaths, ...inHomes];
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
