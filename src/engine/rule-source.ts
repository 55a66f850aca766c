import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectFileName } from "../config/file/load-project-config.ts";
import { parsePolicy } from "../config/file/parse-policy.ts";
import { readConfigText } from "../config/file/read-config.ts";
import { ProfclawError } from "../core/errors.ts";
import { type RuleSet, joinRules, narrowingRules, noRules } from "../policy/rule.ts";
import { type TrustBook, type TrustState } from "./trust-book.ts";
import { type CompiledRules, compileRules } from "../tools/compile-rules.ts";
import { shareLooks } from "../core/share-looks.ts";

/** A settings file that counts where a session works. A project's may only narrow until its folder is trusted. */
export interface RuleFile {
  file: string;
  owner: "user" | "project";
  trust: TrustState;
  /** As written; `allow` and `hosts` count only where it is trusted. */
  written: CompiledRules;
}

/** The rules in force in a folder. */
export interface FolderRules {
  rules: RuleSet;
  hosts: readonly string[];
  files: readonly RuleFile[];
}

/** Looks at the files each time, so that a rule counts from the moment it is written. */
export interface RuleSource {
  /** Throws config-invalid, with file, line and column, for a file that is not understood. */
  of(folder: string): Promise<FolderRules>;
}

export interface RuleSourceParts {
  userFile: string;
  toolNames: readonly string[];
  trust: Pick<TrustBook, "stateOf">;
}

const maxBytes = 1024 * 1024;

interface Known {
  stamp: string;
  sha256: string;
  compiled: CompiledRules;
}

export function createRuleSource(parts: RuleSourceParts): RuleSource {
  const { userFile, toolNames } = parts;
  const known = new Map<string, Known>();
  const read = async (file: string, owner: RuleFile["owner"]): Promise<Known | null> => {
    const stamp = await readStamp(file, owner);
    if (stamp === null) {
      known.delete(file);
      return null;
    }
    const found = known.get(file);
    if (found?.stamp === stamp) return found;
    // A project's link could point at any file of the user, whose words an error would then tell.
    const text = readConfigText(file, owner === "project" ? constants.O_NOFOLLOW : 0)?.text ?? "";
    const compiled = compileRules(parsePolicy(text, file, owner), toolNames);
    const fresh = { stamp, sha256: createHash("sha256").update(text).digest("hex"), compiled };
    known.set(file, fresh);
    return fresh;
  };
  const look = async (folder: string): Promise<FolderRules> => {
    const files: RuleFile[] = [];
    const user = await read(userFile, "user");
    if (user !== null)
      files.push({ file: userFile, owner: "user", trust: "trusted", written: user.compiled });
    for (const place of foldersUp(folder)) {
      const file = join(place, projectFileName);
      const found = file === userFile ? null : await read(file, "project");
      if (found === null) continue;
      const trust = await parts.trust.stateOf(place, { path: projectFileName, sha256: found.sha256 });
      files.push({ file, owner: "project", trust, written: found.compiled });
    }
    return joinFiles(files);
  };
  // A thousand sessions that ask at once for one folder need one look at it.
  return { of: shareLooks(look) };
}

function joinFiles(files: readonly RuleFile[]): FolderRules {
  let rules = noRules;
  for (const { written, trust } of files) {
    rules = joinRules(rules, trust === "trusted" ? written.rules : narrowingRules(written.rules));
  }
  return {
    rules,
    hosts: files.flatMap(({ written, trust }) => (trust === "trusted" ? written.hosts : [])),
    files,
  };
}

/** The folder and all above it: what an outer folder forbids is not allowed by working in an inner one. */
function foldersUp(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUp(parent)];
}

/** Changes when the file does; null where there is none. */
async function readStamp(file: string, owner: RuleFile["owner"]): Promise<string | null> {
  const look = owner === "project" ? lstat : stat;
  const entry = await look(file, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw toUnreadable(file, error.message);
  });
  if (entry === null) return null;
  if (entry.isSymbolicLink()) throw toUnreadable(file, "it is a symbolic link");
  if (!entry.isFile()) throw toUnreadable(file, "it is not a regular file");
  if (entry.size > maxBytes) throw toUnreadable(file, `it has more than ${maxBytes} bytes`);
  return `${entry.ino}:${entry.size}:${entry.mtimeNs}:${entry.ctimeNs}`;
}

function toUnreadable(file: string, why: string): ProfclawError {
  return new ProfclawError("config-invalid", `${file}: the settings can not be read: ${why}.`, {
    pointer: file,
    hint: "Make it a readable file, or take it away.",
  });
}
