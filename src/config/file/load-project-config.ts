import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ConfigFile } from "./config-file.ts";
import type { ConfigValues } from "./config-schema.ts";
import { parseConfig } from "./parse-config.ts";
import { readConfigText } from "./read-config.ts";

/** A project's own file. */
export interface ProjectConfig {
  file: ConfigFile;
  /** SHA-256 of its text: what a person trusts is this content. */
  digest: string;
  isTrusted: boolean;
  /** Its sections that are not used until the folder is trusted: "providers", "policy.allow". */
  ignored: string[];
}

export interface ProjectSetting {
  /** The user's home folder: not searched above it, nor above the root of a git repository. */
  home: string;
  /** Whether a person trusts this content. */
  isTrusted(path: string, digest: string): boolean;
}

const fileName = "profclaw.yaml";

/**
 * The nearest `profclaw.yaml` at or above `cwd`. Until it is trusted only what narrows is in its values:
 * `policy.mode`, `.ask` and `.deny`, and `roles` (of which the reader takes level and tools alone). Throws
 * config-invalid.
 */
export function loadProjectConfig(cwd: string, setting: ProjectSetting): ProjectConfig | undefined {
  const found = findProjectFile(resolve(cwd), resolve(setting.home));
  // A link could point at any file of the user, whose words an error would then tell.
  const read = found === undefined ? undefined : readConfigText(found, constants.O_NOFOLLOW);
  if (found === undefined || read === undefined) return undefined;
  const file = parseConfig(read.text, found);
  const digest = createHash("sha256").update(read.text).digest("hex");
  if (setting.isTrusted(found, digest)) return { file, digest, isTrusted: true, ignored: [] };
  const values = toNarrowing(file.values);
  return { file: { ...file, values }, digest, isTrusted: false, ignored: listIgnored(file.values) };
}

function findProjectFile(folder: string, home: string): string | undefined {
  const path = join(folder, fileName);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  const isTop = above === folder || folder === home || existsSync(join(folder, ".git"));
  return isTop ? undefined : findProjectFile(above, home);
}

function toNarrowing({ policy, roles }: ConfigValues): ConfigValues {
  const { mode, ask, deny } = policy ?? {};
  return { ...(policy === undefined ? {} : { policy: { mode, ask, deny } }), ...(roles && { roles }) };
}

function listIgnored(values: ConfigValues): string[] {
  const sections = Object.keys(values).filter((name) => name !== "policy" && name !== "roles");
  const granting = (["allow", "hosts"] as const).filter((name) => values.policy?.[name] !== undefined);
  return [...sections, ...granting.map((name) => `policy.${name}`)];
}
