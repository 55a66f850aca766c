import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import { toShortId } from "../../core/id.ts";
import type { CliContext } from "../context.ts";
import { toOneLine } from "../plain-text.ts";
import { keepMemorySmall } from "../small-heap.ts";
import { type Members, type ReadMembers, findMembers } from "./find-members.ts";
import { createLiveText } from "./live-text.ts";

export interface Attaching {
  client: Client;
  context: CliContext;
  /** Where Enter comes from; null: nobody is there to press it. */
  stdin: NodeJS.ReadableStream | null;
}

/** Entries from before that are shown first. */
const shownBefore = 40;
/** Of a text of megabytes nobody looks on at all lines, and at once they would fill memory. */
const longestText = 32_768;
const pollMs = 500;
/** Each is a stream of its own. */
const mostFollowed = 50;

/**
 * Shows what sessions do, as they do it, and stays after their end until Enter; of a batch or a flow all of them, also
 * those that come. It only looks on: leaving it stops nothing. Memory does not grow with what is shown. Throws
 * not-found.
 */
export async function attachSessions(attaching: Attaching, idsOrPrefixes: readonly string[]): Promise<void> {
  const { client, context, stdin } = attaching;
  using _memory = keepMemorySmall();
  const groups = await Promise.all(idsOrPrefixes.map((id) => findMembers(client, id)));
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
  // The board has paused it.
  stdin?.resume();
  try {
    const signal = AbortSignal.any([leave.signal, terminal.closed]);
    const shown = await followAll(attaching, groups, signal);
    if (signal.aborted || stdin === null) return;
    await sayEnds(attaching, shown);
    await left;
  } finally {
    stdin?.off("data", onData);
    stdin?.off("end", onEnd);
    stdin?.pause();
  }
}

/** Until all have ended and no more come; answers the sessions that were shown. */
async function followAll(
  attaching: Attaching,
  groups: readonly ReadMembers[],
  signal: AbortSignal,
): Promise<string[]> {
  const { terminal } = attaching.context;
  const known = new Map<string, Promise<void>>();
  let unshown = 0;
  const takeUp = (members: readonly Members[]): void => {
    const sessions = members.flatMap((group) => group.sessions).filter(({ id }) => !known.has(id));
    // Texts of several would run into each other: they are shown turn by turn, each line with its session.
    const isShared = known.size + sessions.length > 1 || members.some(({ isWhole }) => !isWhole);
    for (const { id, name, task } of sessions) {
      const isTooMany = known.size >= mostFollowed;
      if (isTooMany) unshown += 1;
      else terminal.say(`${toShortId(id)}: ${toOneLine((name ?? task).slice(0, 200))}`);
      known.set(id, isTooMany ? Promise.resolve() : follow(attaching, { id, isShared }, signal));
    }
  };
  let members = await Promise.all(groups.map((read) => read()));
  takeUp(members);
  if (unshown > 0) terminal.say(`${unshown} more are not shown here: profclaw`);
  if (attaching.stdin !== null) terminal.say("You only look on. Enter or Ctrl-C leaves; it goes on.");
  while (members.some(({ isWhole }) => !isWhole) && !signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    members = await Promise.all(groups.map((read) => read()));
    takeUp(members);
  }
  await Promise.all(known.values());
  return [...known.keys()].slice(0, mostFollowed);
}

async function sayEnds({ client, context }: Attaching, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { status } = await client.getSession({ id });
    context.terminal.say(`${toShortId(id)} has ended (${status}). Enter leaves.`);
  }
}

async function follow(
  { client, context }: Attaching,
  { id, isShared }: { id: string; isShared: boolean },
  signal: AbortSignal,
): Promise<void> {
  const short = toShortId(id);
  const text = createLiveText(context.terminal, { prefix: isShared ? `${short} ` : "", id: short });
  for await (const event of client.events(id, { tail: shownBefore, longestText, signal })) {
    if (event.kind === "entry") text.entry(event.entry);
    else if (event.type === "text-delta" && !isShared) text.delta(event.data);
    await text.drained();
  }
  text.end();
}
