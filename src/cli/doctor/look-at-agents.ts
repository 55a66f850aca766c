import type { AgentEntry } from "../../config/agent-entries.ts";
import { readUserConfig } from "../../config/file/read-config.ts";
import { findInstall, findTooOld } from "../../core/agent-version.ts";
import { type ProbedServer, probeServer } from "../../runners/external/codex/probe-server.ts";
import type { CliContext } from "../context.ts";
import { type Finding, toOk, toWarning } from "./finding.ts";
import { type Patience, findOnPath, readVersion, toBareEnv } from "./look-up.ts";

const agents = ["claude", "codex", "gemini", "opencode"];

/** Other agents of this machine, where the user's settings or PATH have them. */
export function lookAtAgents(
  { env, paths }: Pick<CliContext, "env" | "paths">,
  patience: Patience,
): Promise<Finding[]> {
  const entries = readEntries(paths.userConfig);
  return Promise.all(
    agents.map(async (name) => {
      const { command = [name], env: settings = {} } = entries[name] ?? {};
      const path = findOnPath(command[0], env);
      if (path === undefined) return toOk(name, "not found; it is not needed");
      const answer = await readVersion(path, { ...toBareEnv(env), ...settings }, patience);
      if (answer.kind === "broken") return toBroken(name, path, answer.exitCode);
      const version = answer.kind === "told" ? answer.version : undefined;
      const tooOld = findTooOld(name, version ?? null);
      if (tooOld !== undefined) return toWarning(name, `${tooOld.detail} It is ${path}.`, tooOld.hint);
      const how =
        name === "codex" && version !== undefined
          ? await toHow({ program: path, path: env["PATH"] ?? "", settings }, patience)
          : "";
      return toOk(name, `${version ?? "version unknown"}, ${path}; --agent ${name}${how}`);
    }),
  );
}

function toBroken(name: string, path: string, exitCode: number): Finding {
  const way = findInstall(name) ?? `install ${name} again`;
  return toWarning(name, `does not start: ${path} --version ended with exit code ${exitCode}`, way);
}

/** Without its app-server it is run in another way, in which it takes less. */
async function toHow(server: ProbedServer, patience: Patience): Promise<string> {
  const answer = await probeServer(server, patience);
  if (answer === "silent") return "; its app-server gave no answer in time";
  return answer === "gone" ? ", by exec: its app-server does not start" : "";
}

/** None where the file is wrong: that is a finding of its own. */
function readEntries(userConfig: string): Readonly<Record<string, AgentEntry>> {
  try {
    return readUserConfig(userConfig).values.agents ?? {};
  } catch {
    return {};
  }
}
