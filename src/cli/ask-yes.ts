import { createInterface } from "node:readline/promises";
import { InterruptedError } from "./interrupted-error.ts";

/** Asks a person on the terminal; anything but y or yes is a no, Ctrl-D too. Throws InterruptedError at Ctrl-C. */
export async function askYes(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const leave = new AbortController();
  reader.once("SIGINT", () => leave.abort());
  try {
    return /^y(es)?$/i.test((await reader.question(question, { signal: leave.signal })).trim());
  } catch {
    process.stderr.write("\n");
    if (leave.signal.aborted) throw new InterruptedError("Ctrl-C");
    return false;
  } finally {
    reader.close();
  }
}
