import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnv } from "../config/environment.ts";
import { resolvePaths } from "../config/paths.ts";
import { errorCatalog } from "../core/errors.ts";
import { appendCrash, fatalSignals, toCrashPath } from "./crash-record.ts";
import { exitCodes } from "./exit-codes.ts";

/*
 * Brings the daemon back after a crash: three tries with back-off, then it says so and gives up. It
 * holds nothing itself, so that nothing is lost when it is killed.
 */

// Measured with 1,000 sessions (docs/decisions/0003). The collector is for tidyHeapOnce.
const daemonFlags = ["--max-semi-space-size=16", "--v8-pool-size=1", "--expose-gc"];

const mostCrashes = 3;
const backOffMs = 200;
// A daemon that ran so long was sound: its crash begins a new count.
const soundAfterMs = 60_000;

process.exitCode = await supervise();

async function supervise(): Promise<number> {
  let crashes = 0;
  for (;;) {
    const startedAt = performance.now();
    const end = await runOnce();
    if (end.kind === "done") return end.exitCode;
    crashes = performance.now() - startedAt > soundAfterMs ? 1 : crashes + 1;
    if (crashes > mostCrashes) {
      say(
        `the daemon crashed ${crashes} times in a row (${end.how}); it stays down. Start it again: profclaw up`,
      );
      return 1;
    }
    const waitMs = backOffMs * 4 ** (crashes - 1);
    say(`the daemon crashed (${end.how}); starting it again in ${waitMs} ms`);
    await sleep(waitMs);
  }
}

type End = { kind: "done"; exitCode: number } | { kind: "crashed"; how: string };

async function runOnce(): Promise<End> {
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, ...daemonFlags, main], { stdio: "inherit" });
  const passOn = passSignals(child);
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  passOn[Symbol.dispose]();
  if (code === exitCodes.lockHeld || code === exitCodes.replaced) return { kind: "done", exitCode: 0 };
  if (signal !== null && fatalSignals.has(signal)) recordFatal(signal);
  const isSettled = code === exitCodes.stopped || code === errorCatalog["config-invalid"].exitCode;
  if (code !== null && isSettled) return { kind: "done", exitCode: code };
  return { kind: "crashed", how: signal ?? `exit ${code}` };
}

function recordFatal(signal: NodeJS.Signals): void {
  const at = new Date().toISOString();
  const { home } = resolvePaths(readEnv());
  appendCrash(toCrashPath(home), { at, how: signal, culprit: null, present: null });
}

function passSignals(child: ChildProcess): Disposable {
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGTERM", pass).on("SIGINT", pass);
  return { [Symbol.dispose]: () => process.off("SIGTERM", pass).off("SIGINT", pass) };
}

/** A line as the daemon's log has it. */
function say(text: string): void {
  const time = new Date().toISOString();
  const msg = `supervisor: ${text}`;
  const isText = readEnv()["PROFCLAW_LOG_FORMAT"]?.toLowerCase() === "text";
  const json = JSON.stringify({ level: "error", time, pid: process.pid, msg });
  process.stderr.write(isText ? `${time} error ${msg}\n` : `${json}\n`);
}
