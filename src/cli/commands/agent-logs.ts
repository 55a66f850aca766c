import type { Command } from "commander";
import type { Client } from "../../client/create-client.ts";
import type { JournalEntryView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { ProfclawError } from "../../core/errors.ts";
import { parseDuration } from "../../core/duration.ts";
import { defineCommand } from "../command.ts";
import { type CliContext, interruptedExitCode } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { parseWholeFlag } from "../flag-values.ts";
import { renderEntry } from "../../core/journal-text.ts";
import { toJsonText } from "../plain-text.ts";
import { keepYoungHeapSmall } from "../small-heap.ts";

interface LogsFlags {
  follow?: boolean;
  tail?: string;
  since?: string;
  json?: boolean;
}

interface Reading {
  client: Client;
  context: CliContext;
  /** How many of the newest entries; all where undefined. */
  tail: number | undefined;
  sinceMs: number;
  /** Aborted when nobody reads any more. */
  signal: AbortSignal;
  print: (id: string, entry: JournalEntryView) => void;
}

const mostTail = 1_000_000;
/** Who follows reads lines, not books; at once they would fill memory. A program has all of it. */
const longestFollowed = 32_768;
/** As short as texts come, where only the number of an entry counts. */
const shortest = 100;

export const agentLogs = defineCommand<LogsFlags>({
  name: "agent logs",
  summary: "What sessions did, step by step. With --json an entry a line.",
  examples: [
    "profclaw agent logs 1a2b3c4d",
    "profclaw agent logs -f 1a2b3c4d",
    "profclaw agent logs --tail 20 1a2b3c4d",
  ],
  declare: declareFlags,
  async run({ args, options: flags }, context) {
    const tail =
      flags.tail === undefined
        ? undefined
        : parseWholeFlag("--tail", flags.tail, { least: 0, most: mostTail });
    const sinceMs = parseSince(flags.since, context.clock.now());
    const client = await linkDaemon(context);
    using _heap = keepYoungHeapSmall();
    const stop = new AbortController();
    using _ = context.onInterrupt(() => stop.abort());
    const signal = AbortSignal.any([stop.signal, context.terminal.closed]);
    try {
      const ids = await Promise.all(args.map(async (id) => (await client.getSession({ id })).id));
      const print = toPrinter(ids.length > 1, flags, context);
      await readAll(ids, flags, { client, context, tail, sinceMs, signal, print });
      return stop.signal.aborted ? interruptedExitCode : 0;
    } finally {
      client.close();
    }
  },
});

function declareFlags(parser: Command): void {
  parser
    .argument("<id...>", "ids of sessions, or starts of ones")
    .option("-f, --follow", "go on as they go on, to their end")
    .option("--tail <n>", "only the last entries")
    .option("--since <time>", "only what is younger: 10m, or 2026-07-01T09:00:00Z");
}

/** "10m" ago or a point in time → ms since the epoch. Throws invalid-request for anything else. */
export function parseSince(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  const agoMs = parseDuration(text);
  const atMs = agoMs === undefined ? Date.parse(text) : nowMs - agoMs;
  if (!Number.isNaN(atMs)) return atMs;
  throw new ProfclawError("invalid-request", `--since is "${text}"; it must be a time.`, {
    hint: "For example: --since 10m, --since 2026-07-01",
  });
}

async function readAll(ids: readonly string[], flags: LogsFlags, reading: Reading): Promise<void> {
  // One after the other where they end by themselves, so that they do not mix.
  if (flags.follow !== true) for (const id of ids) await printPast(id, reading);
  else
    await Promise.all(
      ids.map((id) => printOn(id, flags.json === true ? undefined : longestFollowed, reading)),
    );
}

/** Prints the journal as it stands. Entry by entry from the stream: a page of long ones would fill memory. */
async function printPast(id: string, reading: Reading): Promise<void> {
  const { client, tail, signal } = reading;
  const { events } = await client.getSessionEvents({ id, tail: 1, longest_text: shortest });
  const last = events.at(-1)?.seq ?? 0;
  if (last === 0 || tail === 0) return;
  for await (const event of client.events(id, { ...(tail === undefined ? {} : { tail }), signal })) {
    if (event.kind !== "entry") continue;
    await printEntry(id, event.entry, reading);
    if (event.entry.seq >= last) return;
  }
}

/** Prints it, and goes on to the session's end. */
async function printOn(id: string, longestText: number | undefined, reading: Reading): Promise<void> {
  const { client, tail, signal } = reading;
  const wish = {
    signal,
    ...(tail === undefined ? {} : { tail }),
    ...(longestText === undefined ? {} : { longestText }),
  };
  for await (const event of client.events(id, wish)) {
    if (event.kind === "entry") await printEntry(id, event.entry, reading);
  }
}

async function printEntry(
  id: string,
  entry: JournalEntryView,
  { print, sinceMs, context }: Reading,
): Promise<void> {
  if (Date.parse(entry.at) < sinceMs) return;
  print(id, entry);
  await context.terminal.flush();
}

function toPrinter(named: boolean, flags: LogsFlags, { terminal }: CliContext): Reading["print"] {
  if (flags.json === true) return (id, entry) => terminal.print(toJsonText({ session_id: id, ...entry }, 0));
  return (id, entry) => {
    const prefix = named ? `${terminal.dataColors.dim(toShortId(id))} ` : "";
    const lines = renderEntry(entry);
    if (entry.cut_characters !== undefined)
      lines.push(`          all of it: profclaw agent logs ${toShortId(id)}`);
    terminal.print(lines.map((line) => `${prefix}${line}`).join("\n"));
  };
}
