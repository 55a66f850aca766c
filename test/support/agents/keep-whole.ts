import { renameSync, writeFileSync } from "node:fs";

/** What an agent keeps is there whole or as it was before, also if it is killed while it writes. */
export function keepWhole(file: string, value: unknown): void {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
  renameSync(`${file}.${process.pid}`, file);
}
