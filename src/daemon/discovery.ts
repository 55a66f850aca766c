import { renameSync, rmSync, writeFileSync } from "node:fs";

/** What `daemon.json` says of the running daemon. */
export interface Discovery {
  pid: number;
  started_at: string;
  port: number;
  version: string;
}

/** Written whole or not at all: a reader never sees half of it. */
export function writeDiscovery(path: string, discovery: Discovery): void {
  const draft = `${path}.${discovery.pid}`;
  writeFileSync(draft, `${JSON.stringify(discovery, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

export function removeDiscovery(path: string): void {
  rmSync(path, { force: true });
}
