import { chmodSync, mkdirSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { StatePaths } from "../config/paths.ts";
import { ProfclawError } from "../core/errors.ts";

// statfs(2): SQLite's locks do not hold on these.
const networkFileSystems = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x5346414f, "AFS"],
  [0x01021997, "9P"],
]);

/** Makes the state folder, for its owner only. Throws config-invalid on a network file system. */
export function prepareStateFolder(paths: StatePaths): void {
  for (const folder of [paths.home, paths.logs, paths.artifacts, dirname(paths.socket)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  chmodSync(paths.home, 0o700);
  const found = findNetworkFileSystem(paths.home);
  if (found === undefined) return;
  throw new ProfclawError(
    "config-invalid",
    `The state folder ${paths.home} is on ${found}, where locks do not hold.`,
    {
      pointer: "PROFCLAW_HOME",
      hint: "export PROFCLAW_HOME=/a/folder/on/a/local/disk",
    },
  );
}

/** The name of the network file system on which an existing folder is; undefined for a local one. */
export function findNetworkFileSystem(folder: string): string | undefined {
  return networkFileSystems.get(statfsSync(folder).type);
}
