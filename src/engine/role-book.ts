import { createHash } from "node:crypto";
import { opendir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { loadProjectConfig } from "../config/file/load-project-config.ts";
import { toRoles } from "../config/file/to-roles.ts";
import { type ParsedRole, parseRole } from "../config/parse-role.ts";
import { isRepositoryTop } from "../config/repository-top.ts";
import { builtInRoles } from "../core/built-in-roles.ts";
import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import type { Role, RoleSource } from "../core/role.ts";
import { openForReading } from "../sandbox/open-safe.ts";
import type { TrustBook } from "./trust-book.ts";

export interface RoleBookParts {
  home: string;
  /** Those of the person's configuration. */
  configured(): readonly Role[];
  trust: Pick<TrustBook, "inspect">;
}

/** A role that was found; a project's counts in full only where its folder is trusted. */
export interface FoundRole {
  role: Role;
  isTrusted: boolean;
}

export interface RoleList {
  roles: FoundRole[];
  /** Files that could not be read, and what of others was left out. */
  warnings: string[];
}

/** The roles there are for a folder: its project's, the user's, the configuration's, and ours. */
export interface RoleBook {
  list(cwd: string): Promise<RoleList>;
  /** Throws unknown-role with the names there are. */
  find(name: string, cwd: string): Promise<FoundRole & { warnings: string[] }>;
}

const agentsFolder = join(".claude", "agents");
const mostFiles = 200;
const mostBytes = 65_536;

export function createRoleBook(parts: RoleBookParts): RoleBook {
  const list = (cwd: string): Promise<RoleList> => listRoles(parts, cwd);
  return {
    list,
    async find(name, cwd) {
      const { roles, warnings } = await list(cwd);
      const found = roles.find(({ role }) => role.name === name);
      if (found === undefined) throw toUnknownRole(name, roles, warnings);
      const { path } = found.role;
      return { ...found, warnings: warnings.filter((text) => path !== null && text.startsWith(path)) };
    },
  };
}

/**
 * Of one name the first counts. A project's stands before the others once it is trusted; until then it only
 * adds names: a repository must not change what `skeptic` means.
 */
async function listRoles(parts: RoleBookParts, cwd: string): Promise<RoleList> {
  const projects = await Promise.all([readAgents(parts, cwd), readConfigured(parts, cwd)]);
  const user = await readFolder(join(parts.home, agentsFolder), "user");
  const own = [...user.roles, ...parts.configured(), ...builtInRoles].map((role) => ({
    role,
    isTrusted: true,
  }));
  const theirs = projects.flatMap(({ roles, isTrusted }) => roles.map((role) => ({ role, isTrusted })));
  const trusted = theirs.filter(({ isTrusted }) => isTrusted);
  const all = [...trusted, ...own, ...theirs];
  const names = new Set<string>();
  const roles = all.filter(({ role }) => !names.has(role.name) && names.add(role.name));
  return { roles, warnings: [...projects.flatMap(({ warnings }) => warnings), ...user.warnings] };
}

interface ProjectRoles {
  roles: Role[];
  warnings: string[];
  isTrusted: boolean;
}

async function readAgents(parts: RoleBookParts, cwd: string): Promise<ProjectRoles> {
  const folder = await findProjectFolder(cwd);
  if (folder === null) return { roles: [], warnings: [], isTrusted: false };
  const read = await readFolder(join(folder, agentsFolder), "project");
  return { ...read, isTrusted: await isTrustedAsRead(parts, folder, read) };
}

/** Of `profclaw.yaml`. A wrong one is a warning here: its rules refuse what they have to by themselves. */
async function readConfigured(parts: RoleBookParts, cwd: string): Promise<ProjectRoles> {
  try {
    const file = loadProjectConfig(cwd, parts.home);
    if (file === undefined) return { roles: [], warnings: [], isTrusted: false };
    const read = { roles: toRoles(file, "project"), warnings: [], hashes: [file.digest] };
    return { ...read, isTrusted: await isTrustedAsRead(parts, dirname(file.path), read) };
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    return { roles: [], warnings: error.message.split("\n"), isTrusted: false };
  }
}

/** What was read is what a person said yes to: not only what stands there now. */
async function isTrustedAsRead({ trust }: RoleBookParts, folder: string, read: RolesRead): Promise<boolean> {
  if (read.roles.length === 0) return false;
  const { state, files } = await trust.inspect(folder).catch(() => ({ state: "untrusted", files: [] }));
  const trusted = new Set(files.map(({ sha256 }) => sha256));
  return state === "trusted" && read.hashes.every((hash) => trusted.has(hash));
}

/** The nearest folder at or above that has `.claude/agents`, up to the repository's root; null if there is none. */
async function findProjectFolder(cwd: string): Promise<string | null> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (await isThere(join(folder, agentsFolder))) return folder;
    const isRoot = dirname(folder) === folder || isRepositoryTop(folder);
    if (isRoot) return null;
  }
}

async function isThere(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}

interface RolesRead {
  roles: Role[];
  warnings: string[];
  /** Of the files that became roles, SHA-256. */
  hashes: string[];
}

async function readFolder(folder: string, source: RoleSource): Promise<RolesRead> {
  const names = await listFiles(folder);
  const parsed = await Promise.all(names.map((name) => readRole({ folder, name, source })));
  return {
    roles: parsed.flatMap((one) => (one.kind === "role" ? [one.role] : [])),
    warnings: parsed.flatMap((one) => (one.kind === "role" ? one.warnings : [one.detail])),
    hashes: parsed.flatMap((one) => (one.kind === "role" ? [one.hash] : [])),
  };
}

async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.name.endsWith(".md")) names.push(entry.name);
      if (names.length >= mostFiles) break;
    }
  } catch {
    // No such folder: nobody keeps roles there.
  }
  return names.toSorted();
}

interface RolePlace {
  folder: string;
  name: string;
  source: RoleSource;
}

type ReadRole = Exclude<ParsedRole, { kind: "role" }> | (ParsedRole & { kind: "role"; hash: string });

async function readRole({ folder, name, source }: RolePlace): Promise<ReadRole> {
  const path = join(folder, name);
  try {
    const real = await realpath(path);
    // A repository's link to a key would send the key to the model. A person's own links are theirs.
    if (source === "project" && dirname(real) !== (await realpath(folder))) {
      return { kind: "fault", detail: `${path}: is a link that leads out of its folder; left out.` };
    }
    const handle = await openForReading(real);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
      const bytes = buffer.subarray(0, bytesRead);
      const parsed = parseRole({ path, name: basename(name, ".md"), source, text: bytes.toString("utf8") });
      if (parsed.kind === "fault") return parsed;
      return { ...parsed, hash: createHash("sha256").update(bytes).digest("hex") };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { kind: "fault", detail: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function toUnknownRole(
  name: string,
  roles: readonly FoundRole[],
  warnings: readonly string[],
): ProfclawError {
  const names = roles.map(({ role }) => role.name);
  const [nearest] = findNearest(name, names);
  const fault = warnings.find((text) => text.includes(`/${name}.md`) || text.includes(`roles.${name}`));
  const why = fault === undefined ? "" : ` (${fault})`;
  return new ProfclawError(
    "unknown-role",
    `There is no role "${name}"${why}. There are: ${names.join(", ")}.`,
    {
      pointer: "role",
      hint: nearest === undefined ? "See them: profclaw roles" : `Did you mean ${nearest}?`,
    },
  );
}
