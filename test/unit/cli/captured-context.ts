import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { CliContext } from "../../../src/cli/context.ts";
import { createTerminal } from "../../../src/cli/terminal.ts";
import type { Env } from "../../../src/config/environment.ts";
import { resolvePaths } from "../../../src/config/paths.ts";
import { createFixedClock } from "../../../src/core/clock.ts";
import { sampleNowMs } from "./sample-session.ts";

/** A world of its own for one command: an empty state folder, and streams that keep what is written. */
export function createCapturedContext(env: Env = {}) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const all: Env = { PROFCLAW_HOME: mkdtempSync(join(tmpdir(), "profclaw-cli-")), ...env };
  const interrupts: (() => void)[] = [];
  const context: CliContext = {
    env: all,
    cwd: tmpdir(),
    paths: resolvePaths(all),
    version: "1.2.3",
    terminal: createTerminal({ stdin: {}, stdout, stderr }, all),
    clock: createFixedClock(sampleNowMs),
    onInterrupt(act) {
      interrupts.push(act);
      return { [Symbol.dispose]: () => undefined };
    },
  };
  return {
    context,
    stdout,
    interrupt: () => interrupts.forEach((act) => act()),
    out: () => readAll(stdout),
    talk: () => readAll(stderr),
  };
}

function readAll(stream: PassThrough): string {
  return String(stream.read() ?? "");
}
