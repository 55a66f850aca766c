import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonAddress } from "../client/connection.ts";
import { type Client, createClient } from "../client/create-client.ts";
import { findKeyVariables } from "../config/file/key-variables.ts";
import { pickShellEnv } from "../config/shell.ts";
import type { OutageWatch } from "../client/persist.ts";
import { parseTraceParent, toTraceParentText } from "../core/trace-context.ts";
import { ProfclawError } from "../core/errors.ts";
import { isSessionToken } from "../core/session-token.ts";
import type { CliContext } from "./context.ts";
import { isAnswering, startDaemon } from "./daemon-start.ts";
import { createOutageTalk } from "./outage-talk.ts";
import { toPlainText } from "./plain-text.ts";

const drainWithinMs = 20_000;
const pollMs = 25;
/** Long enough for the supervisor's tries with their pauses. */
const patienceMs = 60_000;

/** A client of the daemon, which is started if there is none. Dispose of it by `close()`. */
export async function linkDaemon(context: CliContext): Promise<Client> {
  if (!(await isAnswering(context.paths.socket))) {
    requireAutostart(context);
    await startDaemon(context);
  }
  return createPatientClient(context);
}

/**
 * The same, and brings it this shell's settings and keys. A daemon of another version drains and
 * starts again as ours.
 */
export async function linkAndGreet(context: CliContext): Promise<Client> {
  const client = await linkDaemon(context);
  return isInSession(context) ? client : greeted(client, context);
}

/** Brings this shell's settings, and a changed settings file, to a daemon if one runs; false if none does. */
export async function greetRunning(context: CliContext): Promise<boolean> {
  if (!(await isAnswering(context.paths.socket))) return false;
  await greet(context);
  return true;
}

/** Starts the daemon because the person said so, whatever the settings say of starting it unasked. */
export async function bringUp(context: CliContext): Promise<Client> {
  await startDaemon(context);
  return greeted(createPatientClient(context), context);
}

function createPatientClient(context: CliContext): Client {
  const watch = watchOutages(context);
  const trace = parseTraceParent(context.env["TRACEPARENT"]);
  const traced = trace === null ? {} : { traceparent: toTraceParentText(trace) };
  return createClient(toAddress(context), { watch, patienceMs, ...traced });
}

/** Says that the daemon is away, starts it again where that is allowed, and greets the new one. */
export function watchOutages(context: CliContext): OutageWatch {
  return createOutageTalk({
    terminal: context.terminal,
    revive: mayStart(context) ? () => startDaemon(context) : undefined,
    greet: async () => (isInSession(context) ? undefined : greet(context)),
  });
}

async function greeted(client: Client, context: CliContext): Promise<Client> {
  try {
    const version = await greet(context);
    if (version !== context.version && mayStart(context)) await replaceDaemon(context, version);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

async function greet(context: CliContext): Promise<string> {
  const client = createClient(toAddress(context));
  try {
    const keyVariables = findKeyVariables(context.paths.userConfig);
    const answer = await client.greetDaemon({
      version: context.version,
      env: pickShellEnv(context.env, keyVariables),
    });
    for (const change of answer.changes) context.terminal.say(`daemon: ${toPlainText(change)}`);
    return answer.version;
  } finally {
    client.close();
  }
}

async function replaceDaemon(context: CliContext, version: string): Promise<void> {
  context.terminal.say(`The daemon is version ${version}, this is ${context.version}: it starts again.`);
  await stopAndWait(context);
  await startDaemon(context);
  await greet(context);
}

/** Asks the daemon to end and resolves once its socket is silent. Throws daemon-unreachable if it stays. */
export async function stopAndWait(context: CliContext): Promise<void> {
  const client = createClient(toAddress(context), { patienceMs: 0 });
  try {
    await client.stopDaemon({});
  } finally {
    client.close();
  }
  const deadline = performance.now() + drainWithinMs;
  while (await isAnswering(context.paths.socket)) {
    if (performance.now() > deadline) {
      throw new ProfclawError(
        "daemon-unreachable",
        `The daemon still drains after ${drainWithinMs / 1000} s.`,
        {
          hint: `Its log: ${context.paths.daemonLog}`,
        },
      );
    }
    await sleep(pollMs);
  }
}

/** A client of a daemon that runs already. Throws daemon-unreachable with what to type. */
export async function linkRunning(context: CliContext): Promise<Client> {
  if (!(await isAnswering(context.paths.socket))) {
    throw new ProfclawError("daemon-unreachable", `No daemon runs for ${context.paths.home}.`, {
      hint: "Start it: profclaw up",
    });
  }
  return createClient(toAddress(context), { patienceMs: 0 });
}

export function mayStart(context: CliContext): boolean {
  return context.env["PROFCLAW_NO_AUTOSTART"] !== "1" && !isInSession(context);
}

/** In a command of a session: it calls as that session. A daemon, settings and keys are not its to bring. */
function isInSession({ env }: CliContext): boolean {
  return isSessionToken(env["PROFCLAW_TOKEN"] ?? "");
}

function toAddress({ env, paths }: CliContext): DaemonAddress {
  const token = env["PROFCLAW_TOKEN"] ?? "";
  return { socketPath: paths.socket, ...(token === "" ? {} : { token }) };
}

function requireAutostart(context: CliContext): void {
  if (mayStart(context)) return;
  if (isInSession(context)) {
    throw new ProfclawError("daemon-unreachable", `The daemon of ${context.paths.home} is away.`, {
      hint: "A session's command starts none: its session ends with this one, or goes on with the next.",
    });
  }
  throw new ProfclawError(
    "daemon-unreachable",
    `No daemon runs for ${context.paths.home}, and PROFCLAW_NO_AUTOSTART=1 forbids to start one.`,
    { hint: "Start it: profclaw up" },
  );
}
