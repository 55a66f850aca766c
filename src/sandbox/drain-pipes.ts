import type { ChildProcess } from "node:child_process";
import { setImmediate as nextPass, setTimeout as delay } from "node:timers/promises";

// Something that left the program may go on writing.
const mostPasses = 100;

/**
 * Call it with a program that has ended: resolves when all it has said is read. That is when its pipes close; where something
 * holds them open, when nothing has lain in them `withinMs` later.
 *
 * A busy process may hear of the end before it reads what was said, and its timers come before its reading: a time that
 * has passed says nothing, only a pass of the event loop that brought nothing does.
 */
export async function drainPipes(
  { stdout, stderr }: Pick<ChildProcess, "stdout" | "stderr">,
  closed: Promise<void>,
  withinMs: number,
): Promise<void> {
  let pieces = 0;
  const hear = (): void => void (pieces += 1);
  const pipes = [stdout, stderr].filter((pipe) => pipe !== null);
  for (const pipe of pipes) pipe.on("data", hear);
  const passes = await Promise.race([closed.then(() => 0), delay(withinMs, mostPasses)]);
  for (let [pass, seen] = [0, -1]; pass < passes; pass += 1) {
    if (pieces === seen) break;
    seen = pieces;
    await nextPass();
  }
  for (const pipe of pipes) pipe.off("data", hear);
}
