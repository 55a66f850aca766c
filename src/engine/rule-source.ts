import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parsePolicyFile } from "../config/policy-file.ts";
import { ProfclawError } from "../core/errors.ts";
import { type RuleSet, joinRules, narrowingRules, noRules } from "../policy/rule.ts";
import { type CompiledRules, compileRules } from "../tools/compile-rules.ts";

/** A settings file that counts where a session works. A project's may only narrow until its folder is trusted. */
export interface RuleFile {
  file: string;
  owner: "user" | "project";
  isTrusted: boolean;
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
  isTrusted(folder: string): Promise<boolean>;
}

const projectFile = "profclaw.yaml";

const maxBytes = 1024 * 1024;

interface Known {
  stamp: string;
  compiled: CompiledRules;
}

export function createRuleSource(parts: RuleSourceParts): RuleSource {
  const { userFile, toolNames } = parts;
  const known = new Map<string, Known>();
  const read = async (file: string): Promise<CompiledRules | null> => {
    const stamp = await readStamp(file);
    if (stamp === null) {
      known.delete(file);
      return null;
    }
    const found = known.get(file);
    if (found?.stamp === stamp) return found.compiled;
    const compiled = compileRules(parsePolicyFile(await readFile(file, "utf8"), file), toolNames);
    known.set(file, { stamp, compiled });
    return compiled;
  };
  return {
    async of(folder) {
      const files: RuleFile[] = [];
      const user = await read(userFile);
      if (user !== null) files.push({ file: userFile, owner: "user", isTrusted: true, written: user });
      for (const place of foldersUp(folder)) {
        const file = join(place, projectFile);
        const written = file === userFile ? null : await read(file);
        if (written === null) continue;
        files.push({ file, owner: "project", isTrusted: await parts.isTrusted(place), written });
      }
      return joinFiles(files);
    },
  };
}

function joinFiles(files: readonly RuleFile[]): FolderRules {
  let rules = noRules;
  for (const { written, isTrusted } of files) {
    rules = joinRules(rules, isTrusted ? written.rules : narrowingRules(written.rules));
  }
  return { rules, hosts: files.flatMap(({ written, isTrusted }) => (isTrusted ? written.hosts : [])), files };
}

/** The folder and all above it: what an outer folder forbids is not allowed by working in an inner one. */
function foldersUp(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUp(parent)];
}

/** Changes when the file does; null where there is none. */
async function readStamp(file: string): Promise<string | null> {
  const entry = await stat(file, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw toUnreadable(file, error.message);
  });
  if (entry === null) return null;
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
