import type { Env } from "../../config/environment.ts";
import { type Finding, toOk } from "./finding.ts";
import { type Patience, findOnPath, readVersion } from "./look-up.ts";

const agents = ["claude", "codex", "gemini", "opencode"];

/** Other agents of this machine. Sessions run on our own until their drivers come. */
export function lookAtAgents(env: Env, patience: Patience): Promise<Finding[]> {
  return Promise.all(
    agents.map(async (name) => {
      const path = findOnPath(name, env);
      if (path === undefined) return toOk(name, "not found; it is not needed");
      const version = await readVersion(path, env, patience);
      return toOk(name, `${version ?? "version unknown"}, ${path}; its driver comes in a later version`);
    }),
  );
}
