import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonAddress } from "../client/connection.ts";
import { type Client, createClient } from "../client/create-client.ts";
import { findKeyVariables } from "../config/file/key-variables.ts";
import { pickShellEnv } from "../config/shell.ts";
import type { OutageWatch } from "../client/persist.ts";
import type { GreetView } from "../contract/daemon-operations.ts";
import { parseTraceParent, toTraceParentText } from "../core/trace-context.ts";
import { ProfclawError } from "../core/errors.ts";
import { isSessionToken } from "../core/session-token.ts";
import type { CliContext } from "./context.ts";
import { isAnswering } from "./daemon-door.ts";
import { startDaemon } from "./daemon-start.ts";
import { createOutageTalk } from "./outage-talk.ts";
import { toPlainText } from "./plain-text.ts";

const drainWithinMs = 20_000;
const pollMs = 25;
const usualMs = 2_000;
/** A supervisor brings its daemon back sooner. */
const restartMs = 30_000;
/** Long enough for the supervisor's tries with their pauses. */
const patienceMs = 60_000;

/** A client of the daemon, which is started if there is none. Dispose of it by `close()`. */
export async function linkDaemon(context: CliContext): Promise<Client> {
  await reachDaemon(context);
  return createPatientClient(context);
}

async function reachDaemon(context: CliContext): Promise<void> {
  if (await isAnswering(context.paths)) return;
  requireAutostart(context);
  await startDaemon(context);
}

/**
 * The same, and brings it this shell's settings and keys. A daemon of another version drains and
 * starts again as ours.
 */
export async function linkAndGreet(context: CliContext): Promise<Client> {
  return (await openLink(context)).client;
}

/**
 * The same with the answer to a first question, which changes nothing. It is asked beside the greeting, and
 * again if that brought anything new.
 */
export async function linkAndAsk<Answer>(
  context: CliContext,
  ask: (client: Client) => Promise<Answer>,
): Promise<{ client: Client; answer: Answer }> {
  const hurried = createClient(toAddress(context), { patienceMs: 0 });
  const early = ask(hurried);
  // Whoever awaits it hears of a failure; that may be later than it happens, or nobody.
  early.catch(() => undefined);
  try {
    const { client, isNews } = await openLink(context);
    return { client, answer: await settleQuestion(client, { ask, early: isNews ? null : early }) };
  } finally {
    hurried.close();
  }
}

interface Question<Answer> {
  ask: (client: Client) => Promise<Answer>;
  /** As it was asked before; null: what came of that counts no more. */
  early: Promise<Answer> | null;
}

/** A refusal is an answer, too. */
async function settleQuestion<Answer>(client: Client, { ask, early }: Question<Answer>): Promise<Answer> {
  try {
    if (early === null) return await ask(client);
    return await early.catch((error: unknown) => {
      if (!isUnreachable(error)) throw error;
      return ask(client);
    });
  } catch (error) {
    client.close();
    throw error;
  }
}

interface Link {
  client: Client;
  /** False: the daemon knew all that it was greeted with. */
  isNews: boolean;
}

async function openLink(context: CliContext): Promise<Link> {
  if (isInSession(context)) return { client: await linkDaemon(context), isNews: false };
  // The usual case takes one request; whatever is in its way is told by who reaches for a daemon.
  const signal = AbortSignal.timeout(usualMs);
  const answer = await greet(context, { forMs: 0, signal }).catch(() => null);
  if (answer === null)
    return { client: await reachAndGreet(context, () => reachDaemon(context)), isNews: true };
  const isOther = answer.version !== context.version;
  return { client: await meet(context, answer.version), isNews: isOther || answer.is_news };
}

/** Brings this shell's settings, and a changed settings file, to a daemon if one runs; false if none does. */
export async function greetRunning(context: CliContext): Promise<boolean> {
  if (!(await isAnswering(context.paths))) return false;
  await greet(context, { forMs: 0 });
  return true;
}

/** Starts the daemon because the person said so, whatever the settings say of starting it unasked. */
export async function bringUp(context: CliContext): Promise<Client> {
  return reachAndGreet(context, () => startDaemon(context));
}

/** A daemon that answered may be about to end, and nobody else would start the next one: it is reached for again. */
async function reachAndGreet(context: CliContext, reach: () => Promise<void>): Promise<Client> {
  const deadline = performance.now() + drainWithinMs;
  for (;;) {
    await reach();
    const answer = await greet(context, { forMs: 0 }).catch((error: unknown) => {
      if (!isUnreachable(error) || performance.now() > deadline) throw error;
      return null;
    });
    if (answer !== null) return meet(context, answer.version);
    await sleep(pollMs);
  }
}

/** A client of the daemon that was greeted, or of ours in its place. */
async function meet(context: CliContext, version: string): Promise<Client> {
  if (version !== context.version && mayStart(context)) await replaceDaemon(context, version);
  return createPatientClient(context);
}

/** True of a daemon that did not answer, false of one that refused. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ProfclawError && error.code === "daemon-unreachable";
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
    greet: async () => (isInSession(context) ? undefined : (await greet(context)).version),
  });
}

interface Greeting {
  /** Nobody starts a daemon that ends meanwhile: whoever would is told at once, by 0. */
  forMs?: number;
  signal?: AbortSignal;
}

async function greet(
  context: CliContext,
  { forMs = restartMs, ...options }: Greeting = {},
): Promise<GreetView> {
  const client = createClient(toAddress(context), { patienceMs: forMs });
  try {
    const keyVariables = findKeyVariables(context.paths.userConfig);
    const env = pickShellEnv(context.env, keyVariables);
    const answer = await client.greetDaemon({ version: context.version, env }, options);
    for (const change of answer.changes) context.terminal.say(`daemon: ${toPlainText(change)}`);
    return answer;
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
  while (await isAnswering(context.paths)) {
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
  if (!(await isAnswering(context.paths))) {
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
