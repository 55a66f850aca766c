import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** What `daemon.json` says of the running daemon. */
export interface Discovery {
  pid: number;
  started_at: string;
  port: number;
  version: string;
  /** What a person should know, e.g. of damage that was healed. */
  notices: string[];
}

/** Written whole or not at all: a reader never sees half of it. */
export function writeDiscovery(path: string, discovery: Discovery): void {
  const draft = `${path}.${discovery.pid}`;
  writeFileSync(draft, `${JSON.stringify(discovery, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Removes the file of this process; that of a daemon which took over stays. */
export function removeDiscovery(path: string, pid: number): void {
  try {
    const found = JSON.parse(readFileSync(path, "utf8")) as Partial<Discovery>;
    if (found.pid === pid) rmSync(path, { force: true });
  } catch {
    // There is none, or it is not ours.
  }
}
