import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findSocketHolder } from "./socket-holder.ts";

/** TCP_LISTEN in the `st` column. */
const listening = "0A";

/** Who listens on a port, as " by node server.js (pid 12)"; an empty text where that cannot be found. */
export async function describePortHolder(port: number, procFolder: string): Promise<string> {
  const inode = ["tcp", "tcp6"].flatMap((file) => findListener(join(procFolder, "net", file), port)).at(0);
  if (inode === undefined) return "";
  const holder = await findSocketHolder(inode, procFolder);
  if (holder === null) return " by a process of another user";
  const command = readText(join(procFolder, String(holder.pid), "cmdline"))
    .split("\0")
    .join(" ")
    .trim();
  return ` by ${command.slice(0, 200)} (pid ${holder.pid})`;
}

function findListener(file: string, port: number): string[] {
  const hex = port.toString(16).padStart(4, "0").toUpperCase();
  return readText(file)
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = "", , state]) => local.endsWith(`:${hex}`) && state === listening)
    .map((fields) => fields[9] ?? "0")
    .filter((inode) => inode !== "0");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
