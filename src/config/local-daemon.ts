import { type Env, readEnv } from "./environment.ts";
import { resolvePaths } from "./paths.ts";

/** Where the daemon of this user listens, by `PROFCLAW_HOME` or `~/.profclaw`. It is not started: `profclaw up` does. */
export function localDaemon(env: Env = readEnv()): { socketPath: string } {
  return { socketPath: resolvePaths(env).socket };
}
