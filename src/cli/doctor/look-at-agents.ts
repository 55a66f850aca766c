import type { Env } from "../../config/environment.ts";
import { findTooOld } from "../../core/agent-version.ts";
import { probeServer } from "../../runners/external/codex/probe-server.ts";
import { type Finding, toOk, toWarning } from "./finding.ts";
import { type Patience, findOnPath, readVersion } from "./look-up.ts";

const agents = ["claude", "codex", "gemini", "opencode"];

/** Other agents of this machine. */
export function lookAtAgents(env: Env, patience: Patience): Promise<Finding[]> {
  return Promise.all(
    agents.map(async (name) => {
      const path = findOnPath(name, env);
      if (path === undefined) return toOk(name, "not found; it is not needed");
      const version = await readVersion(path, env, patience);
      const tooOld = findTooOld(name, version ?? null);
      if (tooOld !== undefined) return toWarning(name, `${tooOld.detail} It is ${path}.`, tooOld.hint);
      const how = name === "codex" && version !== undefined ? await toHow(path, env, patience) : "";
      return toOk(name, `${version ?? "version unknown"}, ${path}; --agent ${name}${how}`);
    }),
  );
}

/** Without its app-server it is run in another way, in which it takes less. */
async function toHow(program: string, env: Env, patience: Patience): Promise<string> {
  const answer = await probeServer(program, env["PATH"] ?? "", patience);
  if (answer === "silent") return "; its app-server gave no answer in time";
  return answer === "gone" ? ", by exec: its app-server does not start" : "";
}
