import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const dayMs = 24 * 3_600_000;

/** Until when a person has seen what ended, ms; a day ago where the board was never opened. */
export function readLastLook(home: string, nowMs: number): number {
  try {
    const at = Date.parse(readFileSync(toPath(home), "utf8").trim());
    return Number.isNaN(at) ? nowMs - dayMs : Math.min(at, nowMs);
  } catch {
    return nowMs - dayMs;
  }
}

/** Where it can not be kept the same is shown again. */
export async function keepLastLook(home: string, seenUntilMs: number): Promise<void> {
  const text = `${new Date(seenUntilMs).toISOString()}\n`;
  await writeFile(toPath(home), text, { mode: 0o600 }).catch(() => undefined);
}

function toPath(home: string): string {
  return join(home, "board-seen");
}
