import type { Command } from "commander";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, InputOf } from "../../client/create-client.ts";
import type { SessionListView, TreeNodeView } from "../../contract/shapes.ts";
import { liveStatuses, sessionStatuses } from "../../core/session.ts";
import { collect, defineCommand } from "../command.ts";
import { type CliContext, interruptedExitCode } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { parseChoice, parseNameList, parseWholeFlag } from "../flag-values.ts";
import { toJsonText } from "../plain-text.ts";
import { toNeedsYouLines } from "../needs-you.ts";
import { renderForest, toForest } from "../session-tree.ts";
import { renderSessionTable } from "../session-table.ts";

interface SessionsFlags {
  all?: boolean;
  tree?: boolean;
  status?: string[];
  parent?: string;
  label?: string[];
  watch?: boolean;
  limit: string;
  json?: boolean;
}

/** What is shown: lines for a person and the answer for a script. */
interface Picture {
  text: string;
  json: unknown;
}

const redrawMs = 1_000;

export const agentSessions = defineCommand<SessionsFlags>({
  name: "agent sessions",
  summary: "The sessions that are queued, running or waiting; with -a the ended ones too.",
  examples: [
    "profclaw agent sessions",
    "profclaw agent sessions --tree",
    "profclaw agent sessions -a --status failed",
  ],
  declare: declareFlags,
  async run({ options: flags }, context) {
    const query = toQuery(flags);
    const client = await linkDaemon(context);
    try {
      if (flags.watch === true) return await watch({ client, query, flags, context });
      const picture = await take({ client, query, flags, context });
      context.terminal.print(flags.json === true ? toJsonText(picture.json) : picture.text);
      return 0;
    } finally {
      client.close();
    }
  },
});

interface Listing {
  client: Client;
  query: InputOf<"listSessions">;
  flags: SessionsFlags;
  context: CliContext;
}

function declareFlags(parser: Command): void {
  parser
    .option("-a, --all", "ended ones too")
    .option("--tree", "who spawned whom")
    .option("--status <status>", "only these: queued, running, waiting, completed, failed, …", collect)
    .option("--parent <id>", "only the children of this session")
    .option("--label <k=v>", "only with this label; may be repeated", collect)
    .option("--limit <n>", "at most this many, newest first", "100")
    .option("--watch", "show it again as it changes, until Ctrl-C");
}

/** The flags as the query of the list. Throws invalid-request, naming the flag that is wrong. */
export function toQuery(flags: SessionsFlags): InputOf<"listSessions"> {
  const named = flags.status
    ?.flatMap(parseNameList)
    .map((status) => parseChoice("--status", status, sessionStatuses));
  const status = named ?? (flags.all === true ? undefined : [...liveStatuses]);
  return {
    limit: parseWholeFlag("--limit", flags.limit, { least: 1, most: 1_000 }),
    ...(status === undefined ? {} : { status }),
    ...(flags.parent === undefined ? {} : { parent: flags.parent }),
    ...(flags.label === undefined ? {} : { label: flags.label }),
  };
}

async function take(listing: Listing): Promise<Picture> {
  const { client, query, flags, context } = listing;
  const page = await client.listSessions(query);
  const picture = {
    colors: context.terminal.dataColors,
    width: context.terminal.dataWidth(),
    nowMs: context.clock.now(),
  };
  if (flags.tree === true) {
    const trees = await takeTrees(client, page, flags);
    const needs = toNeedsYouLines(page.sessions).map((line) => `\n${line}`);
    const text = trees.length === 0 ? toNothingText(flags) : renderForest(trees, picture) + needs.join("");
    return { text, json: { trees } };
  }
  if (page.sessions.length === 0) return { text: toNothingText(flags), json: page };
  const lines = renderSessionTable(page.sessions, picture);
  const more =
    page.next_cursor === null ? [] : [`… more: --limit ${Math.min(1_000, page.sessions.length * 2)}`];
  const needs = toNeedsYouLines(page.sessions);
  return { text: [...lines, ...more, ...needs].join("\n"), json: page };
}

/** Live trees are read whole, their ended members too; with -a the page itself is put in order. */
async function takeTrees(
  client: Client,
  page: SessionListView,
  flags: SessionsFlags,
): Promise<TreeNodeView[]> {
  const forest = toForest(page.sessions);
  if (flags.all === true || flags.status !== undefined) return forest;
  return Promise.all(forest.map(({ session }) => client.getSessionTree({ id: session.id })));
}

function toNothingText(flags: SessionsFlags): string {
  const isNarrow = flags.all === true || flags.status !== undefined;
  return isNarrow
    ? "No sessions."
    : "No sessions are queued, running or waiting. The ended ones: profclaw agent sessions -a";
}

async function watch(listing: Listing): Promise<number> {
  const { flags, context } = listing;
  const { terminal } = context;
  const stop = new AbortController();
  using _ = context.onInterrupt(() => stop.abort());
  const signal = AbortSignal.any([stop.signal, terminal.closed]);
  const canvas = flags.json !== true && terminal.isLive ? await terminal.openCanvas("data") : undefined;
  let shown = "";
  while (!signal.aborted) {
    const picture = await take(listing);
    const text = flags.json === true ? toJsonText(picture.json, 0) : picture.text;
    if (canvas !== undefined) canvas.draw(text);
    else if (text !== shown) terminal.print(text);
    shown = text;
    await sleep(redrawMs, undefined, { signal }).catch(() => undefined);
  }
  canvas?.end(true);
  return stop.signal.aborted ? interruptedExitCode : 0;
}
