import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readCpuMs, readMemoryMb } from "./process-figures.ts";
import { toTask } from "./task.ts";

export const toolNames = ["read_file", "grep", "glob"];

export interface BareScene {
  /** Of the scripted model. */
  url: string;
  /** What the tool answers that the model calls: the same file that our read_file reads. */
  readAnswer: () => Promise<string>;
}

/** Runs one session; answers how many turns it took. */
export type BareSession = (task: string) => Promise<number>;

/**
 * All sessions at once, as a process of its own: `<script> <model url> <workspace> <sessions> <task length>`.
 * Prints what it needed as one line of JSON.
 */
export async function runBareProcess(open: (scene: BareScene) => BareSession): Promise<void> {
  const [url = "", workspace = "", sessions = "0", taskLength = "0"] = process.argv.slice(2);
  const run = open({ url, readAnswer: () => readFile(join(workspace, "package.json"), "utf8") });
  const cpuBefore = readCpuMs(process.pid);
  const startedAt = performance.now();
  const turns = await Promise.all(
    Array.from({ length: Number(sessions) }, (_, index) => run(toTask(index, Number(taskLength)))),
  );
  const needed = {
    wallMs: performance.now() - startedAt,
    cpuMs: readCpuMs(process.pid) - cpuBefore,
    peakMb: readMemoryMb(process.pid).peak,
    turns: turns.reduce((sum, count) => sum + count, 0),
  };
  process.stdout.write(`${JSON.stringify(needed)}\n`);
}
