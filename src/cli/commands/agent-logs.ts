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
  print: (id: string, entry: JournalEntryView) => void;
}

// Entries hold texts of up to 32 KB: a page must fit in memory on both sides.
const pageSize = 250;
const mostTail = 1_000_000;

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
    try {
      const ids = await Promise.all(args.map(async (id) => (await client.getSession({ id })).id));
      const reading = { client, context, tail, sinceMs, print: toPrinter(ids.length > 1, flags, context) };
      return await readAll(ids, flags.follow === true, reading);
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

async function readAll(ids: readonly string[], follow: boolean, reading: Reading): Promise<number> {
  const stop = new AbortController();
  using _ = reading.context.onInterrupt(() => stop.abort());
  const signal = AbortSignal.any([stop.signal, reading.context.terminal.closed]);
  const read = async (id: string) => {
    const last = await printPast(id, reading);
    if (follow) await printFuture(id, last, { ...reading, signal });
  };
  // One after the other where they end by themselves, so that they do not mix.
  if (follow) await Promise.all(ids.map(read));
  else for (const id of ids) await read(id);
  return stop.signal.aborted ? interruptedExitCode : 0;
}

/** Prints the journal as it stands. Returns the last seq, from which following goes on. */
async function printPast(id: string, { client, tail, sinceMs, print }: Reading): Promise<number> {
  const start = tail === undefined ? 0 : Math.max(0, (await findLastSeq(client, id)) - tail);
  let after = start;
  let kept: JournalEntryView[] = [];
  for (let next: number | null = start; next !== null;) {
    const page = await client.getSessionEvents({ id, after: next, limit: pageSize });
    next = page.next_after;
    after = page.events.at(-1)?.seq ?? after;
    kept.push(...page.events.filter((entry) => Date.parse(entry.at) >= sinceMs));
    if (tail !== undefined) kept = tail === 0 ? [] : kept.slice(-tail);
    if (tail === undefined) for (const entry of kept.splice(0)) print(id, entry);
  }
  for (const entry of kept) print(id, entry);
  return after;
}

/** The journal's length, by halves: a tail of twenty must not read two hundred thousand. */
async function findLastSeq(client: Client, id: string): Promise<number> {
  const isBelow = async (seq: number): Promise<boolean> =>
    (await client.getSessionEvents({ id, after: seq, limit: 1 })).events.length > 0;
  let [low, high] = [0, pageSize];
  while (await isBelow(high)) [low, high] = [high, high * 4];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function printFuture(
  id: string,
  after: number,
  { client, print, signal }: Reading & { signal: AbortSignal },
): Promise<void> {
  for await (const event of client.events(id, { after, signal })) {
    if (event.kind === "entry") print(id, event.entry);
  }
}

function toPrinter(named: boolean, flags: LogsFlags, { terminal }: CliContext): Reading["print"] {
  if (flags.json === true) return (id, entry) => terminal.print(toJsonText({ session_id: id, ...entry }, 0));
  return (id, entry) => {
    const prefix = named ? `${terminal.dataColors.dim(toShortId(id))} ` : "";
    for (const line of renderEntry(entry)) terminal.print(`${prefix}${line}`);
  };
}
