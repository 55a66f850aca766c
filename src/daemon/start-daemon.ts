import { checkSettings } from "../config/check-settings.ts";
import { parseDaemonSettings } from "../config/daemon-settings.ts";
import { type Env, readEnv } from "../config/environment.ts";
import { overlayUserConfig } from "../config/file/user-config.ts";
import { type StatePaths, resolvePaths } from "../config/paths.ts";
import { version } from "../config/version.ts";
import { ProfclawError, errorCatalog } from "../core/errors.ts";
import { redactSecrets } from "../providers/redact.ts";
import { exitCodes } from "./exit-codes.ts";
import type { StateHold } from "./hold-state.ts";
import { toTraceText } from "./log/trace-text.ts";
import { prepareStateFolder } from "./state-folder.ts";
import { toReadyText } from "./ready-text.ts";
import { tidyHeapOnce } from "../core/tidy-heap.ts";
import { toStopSignal } from "./stop-signal.ts";

const defaultPort = 3000;

/** Runs a daemon in the background of a client, on the state folder that `hold` takes; resolves with its exit code. */
export async function startDaemon(
  hold: (paths: StatePaths, env: Env) => Promise<StateHold>,
): Promise<number> {
  const env = readEnv();
  const paths = resolvePaths(env);
  try {
    checkSettings(overlayUserConfig(env, paths.userConfig));
    prepareStateFolder(paths);
    // Before anything heavy is loaded: of many that start at once, all but one end here.
    const lock = await hold(paths, env);
    if (lock.kind === "held") return exitCodes.lockHeld;
    // Its thread starts and looks at the database while this one loads the rest of the program.
    const { openStore } = await import("./open-store.ts");
    const opening = openStore(paths);
    // Whoever awaits it hears of a failure; that may be later than it happens.
    opening.catch(() => undefined);
    const { runDaemon } = await import("./run-daemon.ts");
    const { openLog } = await import("./log/open-log.ts");
    const { openLogFile } = await import("./log/log-file.ts");
    const opened = openLog(env, "json", openLogFile(paths.daemonLog));
    const { log } = opened;
    for (const line of lock.account) log(line, { level: "warn" });
    const exitCode = await runDaemon({
      paths,
      opening,
      env,
      cwd: process.cwd(),
      version,
      listen: { port: defaultPort, hosts: ["127.0.0.1", "::1"], fallbackToFreePort: true },
      idleExitMs: parseDaemonSettings(env).idleExitMs,
      onReady({ daemon, engine }) {
        log(toReadyText(daemon));
        tidyHeapOnce(() => engine.sessionsInSlot().length > 0);
      },
      stop: toStopSignal(),
      ...opened,
      exit: (code) => process.exit(code),
    });
    lock.release();
    return exitCode;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (!(error instanceof ProfclawError)) {
    process.stderr.write(`${redactSecrets(toTraceText(error))}\n`);
    return errorCatalog.internal.exitCode;
  }
  const hint = error.hint === undefined ? "" : `${error.hint}\n`;
  process.stderr.write(redactSecrets(`profclaw: ${error.message}\n${hint}`));
  return errorCatalog[error.code].exitCode;
}
