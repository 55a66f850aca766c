import { randomUUID } from "node:crypto";
import { glob, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const minuteMs = 60_000;

/**
 * gemini 0.61 names a conversation's file after the minute, and one that is loaded within the minute in which it began
 * overwrites itself. So those of a home that is the session's own get other names, under which it finds them too.
 */
export async function keepChats(folder: string): Promise<void> {
  for await (const file of findChats(folder, "session-2*")) {
    await rename(file, join(dirname(file), `session-kept-${randomUUID()}-${basename(file)}`));
  }
}

/**
 * In a user's own home nothing is renamed: the minute is waited out, if there is one of this minute, or until it is
 * aborted.
 */
export async function waitOutMinute(folder: string, now: Date, signal: AbortSignal): Promise<void> {
  const minute = now.toISOString().slice(0, 16).replace(":", "-");
  for await (const _file of findChats(folder, `session-${minute}*`)) {
    const leftMs = minuteMs - (now.getTime() % minuteMs) + 1;
    await sleep(leftMs, undefined, { signal }).catch(() => undefined);
    return;
  }
}

/** The folder is no part of the pattern: a bracket in its name is a bracket. */
async function* findChats(folder: string, name: string): AsyncGenerator<string, void, void> {
  const found = glob(join("tmp", "*", "chats", `${name}.jsonl`), { cwd: folder });
  for await (const file of found) yield join(folder, file);
}
