import { spawnSync } from "node:child_process";
import { chownSync, readdirSync } from "node:fs";
import { join } from "node:path";

const nobodyId = 65_534;

/** Before a command line: runs it as a user who is not the one that runs the tests. */
export const asNobody = `setpriv --reuid=${nobodyId} --regid=${nobodyId} --clear-groups`;

/** Only root may become somebody else; `readable` must be open to others. */
export function canBecomeNobody(readable: string): boolean {
  if (process.getuid?.() !== 0) return false;
  const [program = "", ...args] = asNobody.split(" ");
  return spawnSync(program, [...args, "test", "-r", readable]).status === 0;
}

export function giveToNobody(folder: string): void {
  chownSync(folder, nobodyId, nobodyId);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveToNobody(path);
    else chownSync(path, nobodyId, nobodyId);
  }
}
