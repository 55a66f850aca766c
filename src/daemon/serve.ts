import { checkSettings } from "../config/check-settings.ts";
import type { Env } from "../config/environment.ts";
import { overlayUserConfig } from "../config/file/user-config.ts";
import type { StatePaths } from "../config/paths.ts";
import { ProfclawError } from "../core/errors.ts";
import type { OperationParts } from "../operations/parts.ts";
import { holdState } from "./hold-state.ts";
import { openLog } from "./log/open-log.ts";
import { runDaemon } from "./run-daemon.ts";
import { toReadyText } from "./ready-text.ts";
import { prepareStateFolder } from "./state-folder.ts";
import { toStopSignal } from "./stop-signal.ts";

/** A daemon in the foreground. */
export interface ServeOptions {
  paths: StatePaths;
  env: Env;
  cwd: string;
  version: string;
  /** Undefined: 3000, or a free one if that is taken. Given: that one, or an error. */
  port?: number | undefined;
  host?: string | undefined;
  /** Once it serves: its addresses. */
  onReady(facts: OperationParts["daemon"]): void;
  /** A line of the log; it goes to the terminal. */
  say(line: string): void;
}

const defaultPort = 3000;

/** Serves until SIGTERM or SIGINT; resolves with the exit code. Throws config-invalid or port-taken. */
export async function serve(options: ServeOptions): Promise<number> {
  checkSettings(overlayUserConfig(options.env, options.paths.userConfig));
  prepareStateFolder(options.paths);
  const lock = await holdState(options.paths, options.env);
  if (lock.kind === "held") {
    throw new ProfclawError("config-invalid", `Another daemon holds ${options.paths.home}.`, {
      hint: "See it: profclaw status\nStop it: profclaw down\nTake over from one that hangs: PROFCLAW_TAKEOVER=1 profclaw serve",
    });
  }
  const { log, secrets, format } = openLog(options.env, "text", (line) => options.say(line.trimEnd()));
  for (const line of lock.account) log(line, { level: "warn" });
  const exitCode = await runDaemon({
    ...options,
    log,
    secrets,
    listen: {
      port: options.port ?? defaultPort,
      hosts: toHosts(options.host),
      fallbackToFreePort: options.port === undefined,
    },
    idleExitMs: null,
    onReady({ daemon }) {
      // Whoever reads JSON gets nothing else.
      if (format === "json") log(toReadyText(daemon));
      else options.onReady(daemon);
    },
    stop: toStopSignal(),
    exit: (code) => process.exit(code),
  });
  lock.release();
  return exitCode;
}

/** Loopback means both of its addresses. */
function toHosts(host: string | undefined): string[] {
  const isDefault = host === undefined || host === "127.0.0.1" || host === "localhost";
  return isDefault ? ["127.0.0.1", "::1"] : [host];
}
