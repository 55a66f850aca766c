import { checkSettings } from "../../config/check-settings.ts";
import { toHome } from "../../config/environment.ts";
import { loadProjectConfig } from "../../config/file/load-project-config.ts";
import { readUserConfig } from "../../config/file/read-config.ts";
import { overlayUserConfig } from "../../config/file/user-config.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { CliContext } from "../context.ts";
import { type Finding, toFailure, toOk } from "./finding.ts";

/** The user's file and the environment, as a daemon reads them at its start; and the project's file here. */
export function lookAtConfig({ env, paths, cwd }: CliContext): Finding[] {
  const own = tryConfig(() => {
    checkSettings(overlayUserConfig(env, paths.userConfig));
    const file = readUserConfig(paths.userConfig);
    const sections = Object.keys(file.values).filter((key) => file.placeOf([key]) !== undefined);
    return sections.length === 0
      ? "no settings file, or an empty one"
      : `${paths.userConfig}: ${sections.join(", ")}`;
  });
  const project = tryConfig(() => {
    const found = loadProjectConfig(cwd, toHome(env));
    return found === undefined ? null : `${found.path} is right`;
  });
  return [own, project].filter((finding) => finding !== null);
}

function tryConfig(read: () => string | null): Finding | null {
  try {
    const detail = read();
    return detail === null ? null : toOk("config", detail);
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    return toFailure("config", error.message, error.hint ?? "Put it right, then profclaw doctor again.");
  }
}
