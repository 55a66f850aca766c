import { type Env, readEnv } from "./environment.ts";
import { resolvePaths } from "./paths.ts";

/**
 * Where the daemon of this user listens, by `PROFCLAW_HOME` or `~/.profclaw`, and as whom to call it: in a session's
 * command `PROFCLAW_TOKEN` says that. It is not started: `profclaw up` does.
 */
export function localDaemon(env: Env = readEnv()): { socketPath: string; token?: string } {
  const token = env["PROFCLAW_TOKEN"] ?? "";
  return { socketPath: resolvePaths(env).socket, ...(token === "" ? {} : { token }) };
}
