import { type FileHandle, open, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type ThreadKeeper, changeThread } from "./change-thread.ts";

/** Undefined program: it is not there any more. */
export interface ThreadPlace extends Omit<ThreadKeeper, "program"> {
  program: string | undefined;
}

// Its first line says of what a thread is a copy; instructions stand in it too.
const headBytes = 512 * 1024;

/**
 * Deletes what codex keeps of these threads. Answers those that it has to keep: a copy of such a one is there, and has of what was
 * said before only where that stands.
 */
export async function forgetThreads(
  place: ThreadPlace,
  threads: readonly string[],
): Promise<ReadonlySet<string>> {
  const rollouts = await listRollouts(place.codexHome);
  const own = rollouts.filter(({ thread }) => threads.includes(thread));
  const kept = new Set<string>();
  if (own.length === 0) return kept;
  const needed = await findNeeded(rollouts);
  for (const { thread, file } of own) {
    if (needed.has(thread)) kept.add(thread);
    else await forget(place, { thread, file });
  }
  return kept;
}

/** Threads that others are copies of. */
async function findNeeded(rollouts: readonly Rollout[]): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  // One after the other: there may be thousands.
  for (const { thread, file } of rollouts) {
    const named = (await readHead(file)).match(threadId) ?? [];
    for (const other of named) if (other !== thread) needed.add(other);
  }
  return needed;
}

interface Rollout {
  thread: string;
  file: string;
}

/** Its database knows of them too. What it does not take away by itself is taken away. */
async function forget(place: ThreadPlace, { thread, file }: Rollout): Promise<void> {
  const { program } = place;
  if (program !== undefined) await changeThread({ ...place, program }, ["delete", "--force", thread]);
  await rm(file, { force: true });
}

/** Files that begin with "rollout-", and have their thread's id at their end. */
async function listRollouts(codexHome: string): Promise<Rollout[]> {
  const folders = ["sessions", "archived_sessions"].map((name) => join(codexHome, name));
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder, { recursive: true }).catch(() => []);
      return names.map((name) => join(folder, name));
    }),
  );
  return lists.flat().flatMap((file) => {
    const thread = rolloutName.exec(basename(file))?.[1];
    return thread === undefined ? [] : [{ thread, file }];
  });
}

const threadId = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;
const rolloutName = /^rollout-.*-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.jsonl/;

async function readHead(file: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const [line = ""] = buffer.toString("utf8", 0, bytesRead).split("\n", 1);
    return line;
  } catch {
    return "";
  } finally {
    await handle?.close();
  }
}
