import { open } from "node:fs/promises";
import type { RecordedProgram } from "../../sandbox/recorded/recorded-program.ts";

const keptErrorBytes = 4_096;

/** The end of what a program wrote to stderr. */
export async function readErrors({ folder }: Pick<RecordedProgram, "folder">): Promise<string> {
  const file = await open(folder.stderr, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, keptErrorBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8");
  } finally {
    await file.close();
  }
}
