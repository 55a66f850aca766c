import type { Client } from "../../client/create-client.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { toOneLine } from "../plain-text.ts";
import { createLiveText } from "./live-text.ts";

export interface Attaching {
  client: Client;
  context: CliContext;
  /** Where Enter comes from; null: nobody is there to press it. */
  stdin: NodeJS.ReadableStream | null;
}

/** Entries from before that are shown first. */
const shownBefore = 40;

/**
 * Shows what sessions do, as they do it, and stays after their end until Enter. It only looks on: leaving it stops
 * nothing. Memory does not grow with what is shown. Throws not-found.
 */
export async function attachSessions(attaching: Attaching, idsOrPrefixes: readonly string[]): Promise<void> {
  const { client, context, stdin } = attaching;
  const sessions = await Promise.all(idsOrPrefixes.map((id) => client.getSession({ id })));
  const { terminal } = context;
  const leave = new AbortController();
  const left = new Promise<void>((resolve) => leave.signal.addEventListener("abort", () => resolve()));
  const onData = (data: string | Uint8Array): void => {
    if (/[\r\n]/.test(data.toString())) leave.abort();
  };
  const onEnd = (): void => leave.abort();
  using _ = context.onInterrupt(onEnd);
  stdin?.on("data", onData);
  stdin?.on("end", onEnd);
  try {
    for (const { id, name, task } of sessions) {
      terminal.say(`${toShortId(id)}: ${toOneLine((name ?? task).slice(0, 200))}`);
    }
    if (stdin !== null) terminal.say("You only look on. Enter or Ctrl-C leaves; it goes on.");
    const signal = AbortSignal.any([leave.signal, terminal.closed]);
    const isShared = sessions.length > 1;
    await Promise.all(sessions.map(({ id }) => follow(attaching, { id, isShared }, signal)));
    if (signal.aborted || stdin === null) return;
    await sayEnds(attaching, sessions);
    await left;
  } finally {
    stdin?.off("data", onData);
    stdin?.off("end", onEnd);
    stdin?.pause();
  }
}

async function sayEnds({ client, context }: Attaching, sessions: readonly { id: string }[]): Promise<void> {
  for (const { id } of sessions) {
    const { status } = await client.getSession({ id });
    context.terminal.say(`${toShortId(id)} has ended (${status}). Enter leaves.`);
  }
}

async function follow(
  { client, context }: Attaching,
  { id, isShared }: { id: string; isShared: boolean },
  signal: AbortSignal,
): Promise<void> {
  // Texts of several would run into each other: they are shown turn by turn, each line with its session.
  const text = createLiveText(context.terminal, isShared ? `${toShortId(id)} ` : "");
  const after = await findStart(client, id);
  for await (const event of client.events(id, { after, signal })) {
    if (event.kind === "entry") text.entry(event.entry);
    else if (event.type === "text-delta" && !isShared) text.delta(event.data);
    await text.drained();
  }
  text.end();
}

/** Where the last few entries begin. */
async function findStart(client: Client, id: string): Promise<number> {
  const { events } = await client.getSessionEvents({ id, tail: shownBefore, limit: 1 });
  return Math.max(0, (events[0]?.seq ?? 1) - 1);
}
