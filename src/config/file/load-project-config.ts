import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isRepositoryTop } from "../repository-top.ts";
import type { ParsedFile } from "./config-file.ts";
import { parseSettings } from "./parse-settings.ts";
import { type ProjectValues, projectSchema, refuseInProject } from "./project-schema.ts";
import { readConfigText } from "./read-config.ts";

/** A project's own file. */
export interface ProjectConfig extends ParsedFile<ProjectValues> {
  /** SHA-256 of its text: what a person trusts is this content. */
  digest: string;
}

/** Of a project's own settings. */
export const projectFileName = "profclaw.yaml";

/**
 * The nearest `profclaw.yaml` at or above `cwd`, not above `home` nor above the root of a git repository.
 * Throws config-invalid.
 */
export function loadProjectConfig(cwd: string, home: string): ProjectConfig | undefined {
  const found = findProjectFile(resolve(cwd), resolve(home));
  // A link could point at any file of the user, whose words an error would then tell.
  const read = found === undefined ? undefined : readConfigText(found, constants.O_NOFOLLOW);
  if (found === undefined || read === undefined) return undefined;
  const kind = { file: found, schema: projectSchema, refusalOf: refuseInProject };
  const digest = createHash("sha256").update(read.text).digest("hex");
  return { ...parseSettings(read.text, kind), digest };
}

function findProjectFile(folder: string, home: string): string | undefined {
  const path = join(folder, projectFileName);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  const isTop = above === folder || folder === home || isRepositoryTop(folder);
  return isTop ? undefined : findProjectFile(above, home);
}
