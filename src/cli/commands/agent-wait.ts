import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { isEndStatus } from "../../core/session.ts";
import { ProfclawError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { type CliContext, interruptedExitCode, timeoutExitCode } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { parseDurationFlag } from "../flag-values.ts";
import { listAll } from "../list-all.ts";
import { toCountsText, toExitCode, toStatusText } from "../outcome.ts";
import { toNewAskLines } from "../needs-you.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { findTargets, type Target } from "../targets.ts";
import { cutText } from "../text-width.ts";

interface WaitFlags {
  any?: boolean;
  all?: boolean;
  timeout?: string;
  json?: boolean;
}

interface Wait {
  client: Client;
  targets: readonly Target[];
  untilAny: boolean;
  timeoutMs: number | undefined;
  signal: AbortSignal;
  say(text: string): void;
}

type WaitEnd = { kind: "done" | "timeout" | "interrupted"; sessions: SessionView[] };

const pollMs = 250;
const taskWidth = 80;

export const agentWait = defineCommand<WaitFlags>({
  name: "agent wait",
  summary: "Wait until sessions or batches have ended. Exit code 124 if the time is over first.",
  examples: ["profclaw agent wait 1a2b3c4d", "profclaw agent wait 1a2b3c4d 5e6f7a8b --any --timeout 10m"],
  declare(parser) {
    parser
      .argument("<id...>", "ids of sessions or batches, or starts of ones")
      .option("--all", "until all have ended (default)")
      .option("--any", "until one session has ended")
      .option("--timeout <time>", "at most this long: 90s, 5m; the sessions go on");
  },
  async run({ args, options: flags }, context) {
    if (flags.any === true && flags.all === true) {
      throw new ProfclawError("invalid-request", "--any and --all exclude each other.", {
        hint: "Leave one out.",
      });
    }
    const timeoutMs = flags.timeout === undefined ? undefined : parseDurationFlag("--timeout", flags.timeout);
    const client = await linkDaemon(context);
    const interrupt = new AbortController();
    using _ = context.onInterrupt(() => interrupt.abort());
    try {
      const targets = await findTargets(client, args);
      const wait = { client, targets, timeoutMs, untilAny: flags.any === true, signal: interrupt.signal };
      const say = (text: string): void => context.terminal.say(text);
      return report(await waitFor({ ...wait, say }), flags, context);
    } finally {
      client.close();
    }
  },
});

async function waitFor(wait: Wait): Promise<WaitEnd> {
  const told = new Set<string>();
  const endAt = performance.now() + (wait.timeoutMs ?? Number.POSITIVE_INFINITY);
  for (;;) {
    const sessions = (await Promise.all(wait.targets.map((target) => read(target, wait.client)))).flat();
    const ended = sessions.filter(({ status }) => isEndStatus(status));
    const isDone = wait.untilAny ? ended.length > 0 : ended.length === sessions.length;
    if (isDone) return { kind: "done", sessions };
    for (const line of toNewAskLines(sessions, told)) wait.say(line);
    if (wait.signal.aborted) return { kind: "interrupted", sessions };
    const leftMs = endAt - performance.now();
    if (leftMs <= 0) return { kind: "timeout", sessions };
    await sleep(Math.min(pollMs, leftMs), undefined, { signal: wait.signal }).catch(() => undefined);
  }
}

async function read(target: Target, client: Client): Promise<SessionView[]> {
  if (target.kind === "batch") return (await listAll(client, { batch: target.batch.id })).toReversed();
  if (isEndStatus(target.session.status)) return [target.session];
  return [await client.getSession({ id: target.session.id })];
}

function report({ kind, sessions }: WaitEnd, flags: WaitFlags, { terminal }: CliContext): number {
  if (flags.json === true) terminal.print(toJsonText({ status: kind, sessions }));
  else for (const session of sessions) terminal.print(toLine(session));
  if (kind === "interrupted") {
    terminal.say("They go on without this terminal: profclaw agent sessions");
    return interruptedExitCode;
  }
  if (kind === "done") return toExitCode(sessions);
  terminal.say(`The time is over: ${toCountsText(sessions)}. They go on: profclaw agent sessions`);
  return timeoutExitCode;
}

function toLine({ id, status, name, task }: SessionView): string {
  return `${toShortId(id)}  ${toStatusText(status).padEnd(11)}  ${cutText(toOneLine(name ?? task), taskWidth)}`;
}
