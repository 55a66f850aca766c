import type { Client } from "../../client/create-client.ts";
import { toShortId } from "../../core/id.ts";
import { isEndStatus } from "../../core/session.ts";
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
 * Shows what a session does, as it does it, and stays after its end until Enter. It only looks on: leaving it stops
 * nothing. Memory does not grow with what is shown. Throws not-found.
 */
export async function attachSession(
  { client, context, stdin }: Attaching,
  idOrPrefix: string,
): Promise<void> {
  const { id, name, task } = await client.getSession({ id: idOrPrefix });
  const { terminal } = context;
  const leave = new AbortController();
  const left = new Promise<void>((resolve) => leave.signal.addEventListener("abort", () => resolve()));
  const onData = (data: string | Uint8Array): void => {
    if (/[\r\n]/.test(data.toString())) leave.abort();
  };
  using _ = context.onInterrupt(() => leave.abort());
  stdin?.on("data", onData);
  stdin?.once("end", () => leave.abort());
  try {
    const short = toShortId(id);
    terminal.say(`${short}: ${toOneLine((name ?? task).slice(0, 200))}`);
    if (stdin !== null) terminal.say("You only look on. Enter or Ctrl-C leaves; it goes on.");
    await follow({ client, context, stdin }, id, AbortSignal.any([leave.signal, terminal.closed]));
    if (leave.signal.aborted || terminal.closed.aborted || stdin === null) return;
    const { status } = await client.getSession({ id });
    if (isEndStatus(status)) terminal.say(`${short} has ended (${status}). Enter leaves.`);
    await left;
  } finally {
    stdin?.off("data", onData);
    stdin?.pause();
  }
}

async function follow({ client, context }: Attaching, id: string, signal: AbortSignal): Promise<void> {
  const text = createLiveText(context.terminal);
  const after = await findStart(client, id);
  for await (const event of client.events(id, { after, signal })) {
    if (event.kind === "entry") text.entry(event.entry);
    else if (event.type === "text-delta") text.delta(event.data);
    await text.drained();
  }
  text.end();
}

/** Where the last few entries begin. */
async function findStart(client: Client, id: string): Promise<number> {
  const { events } = await client.getSessionEvents({ id, tail: shownBefore, limit: 1 });
  return Math.max(0, (events[0]?.seq ?? 1) - 1);
}
