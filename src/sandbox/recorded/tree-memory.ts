import { readFile } from "node:fs/promises";
import { type SeenProcesses, noteDescendants } from "./descendants.ts";

/** What a process and all below it take, bytes, what they share counted by part; null where nobody can tell. */
export async function readTreeMemory(pid: number): Promise<number | null> {
  const below: SeenProcesses = new Map();
  noteDescendants(below, pid);
  const parts = await Promise.all([pid, ...below.keys()].map(readProportional));
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.reduce((sum, part) => sum + part, 0);
}

/** The kernel's proportional set size. */
async function readProportional(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "latin1").catch(() => "");
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
}
