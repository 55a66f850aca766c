import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type RecordedProgram, adoptRecorded } from "../../sandbox/recorded/recorded-program.ts";

/** Programs that live while their sessions wait for an answer and hold no slot. */
export interface ParkedRuns {
  /** `readBytes`: so much of its output is read. */
  keep(sessionId: string, program: RecordedProgram, readBytes: number): void;
  /** To go on with it; undefined: this daemon keeps none. */
  take(sessionId: string): RecordedProgram | undefined;
  /**
   * Calls `onNews` once: when the program has said more or has ended, and at once where an earlier daemon left it.
   * Never for a session without a program. The answer ends the watch.
   */
  watch(sessionId: string, onNews: () => void): () => void;
  /** Ends what runs for a session that will not go on with it. */
  end(sessionId: string): Promise<void>;
}

interface Kept {
  program: RecordedProgram;
  readBytes: number;
}

const lookMs = 250;
// Whether its recorder lives costs two more files.
const lookCloserEvery = 4;

export function createParkedRuns(runsFolder: string): ParkedRuns {
  const kept = new Map<string, Kept>();
  const take = (sessionId: string): RecordedProgram | undefined => {
    const found = kept.get(sessionId)?.program;
    kept.delete(sessionId);
    return found;
  };
  return {
    keep: (sessionId, program, readBytes) => void kept.set(sessionId, { program, readBytes }),
    take,
    watch(sessionId, onNews) {
      if (!existsSync(join(runsFolder, sessionId))) return () => undefined;
      return startWatch(() => kept.get(sessionId), onNews);
    },
    async end(sessionId) {
      const folder = join(runsFolder, sessionId);
      if (!existsSync(folder)) return;
      await stop(take(sessionId));
      // What an earlier daemon left.
      for (const run of await listRuns(folder)) await stop(await adoptRecorded(join(folder, run), sessionId));
    },
  };
}

function startWatch(find: () => Kept | undefined, onNews: () => void): () => void {
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    const found = find();
    if (found !== undefined && !hasNews(found, looks % lookCloserEvery === 0)) return;
    clearInterval(timer);
    onNews();
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

function hasNews({ program, readBytes }: Kept, isCloser: boolean): boolean {
  const size = statSync(program.folder.stdout, { throwIfNoEntry: false })?.size ?? 0;
  return size > readBytes || program.hasEnd() || (isCloser && program.state().kind !== "running");
}

async function listRuns(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^\d+$/.test(name) && !existsSync(join(folder, name, "end.json")));
}

async function stop(program: RecordedProgram | null | undefined): Promise<void> {
  if (program === null || program === undefined) return;
  if (program.state().kind !== "ended") await program.stop();
  program[Symbol.dispose]();
}
