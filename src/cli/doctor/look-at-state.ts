import { accessSync, constants, existsSync, readlinkSync, type Stats, statSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { StatePaths } from "../../config/paths.ts";
import { findNetworkFileSystem } from "../../daemon/state-folder.ts";
import { type Finding, toFailure, toOk, toWarning } from "./finding.ts";

const check = "state";
const elsewhere = "export PROFCLAW_HOME=/a/folder/of/yours/on/a/local/disk";
const littleBytes = 1e9;
const tooLittleBytes = 50e6;

/** The state folder: whose it is, who may read it, and whether it can be written. Nothing is made or changed. */
export function lookAtState({ home }: StatePaths, uid: number | undefined): Finding {
  if (!existsSync(home)) return lookAtLink(home) ?? lookAtFutureState(home);
  const stats = statSync(home);
  if (!stats.isDirectory()) {
    return toFailure(check, `${home} is no folder.`, `mv ${home} ${home}.away, or ${elsewhere}`);
  }
  return lookAtPlace(home) ?? lookAtOwner(home, stats, uid) ?? toOk(check, `${home}, for you alone`);
}

function lookAtLink(home: string): Finding | undefined {
  try {
    const target = readlinkSync(home);
    return toFailure(
      check,
      `${home} points to ${target}, which is not there.`,
      `mkdir -p ${target}, or ${elsewhere}`,
    );
  } catch {
    return undefined;
  }
}

function lookAtFutureState(home: string): Finding {
  const parent = findExisting(dirname(home));
  const fault = lookAtPlace(parent);
  return fault ?? toOk(check, `${home}, which the first session makes`);
}

function findExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : findExisting(dirname(path));
}

function lookAtPlace(folder: string): Finding | undefined {
  const network = findNetworkFileSystem(folder);
  if (network !== undefined) {
    return toFailure(check, `${folder} is on ${network}, where locks do not hold.`, elsewhere);
  }
  if (!statSync(folder).isDirectory()) return toFailure(check, `${folder} is no folder.`, elsewhere);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return toFailure(
      check,
      `${folder} cannot be read and written by you.`,
      `chmod u+rwx ${folder}, or ${elsewhere}`,
    );
  }
}

function lookAtOwner(
  home: string,
  { uid: owner, mode }: Stats,
  uid: number | undefined,
): Finding | undefined {
  if (uid !== undefined && owner !== uid) {
    return toWarning(check, `${home} belongs to another user (uid ${owner}, you are ${uid}).`, elsewhere);
  }
  if ((mode & 0o077) === 0) return undefined;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return toWarning(check, `${home} can be opened by others (mode ${shown}).`, `chmod 700 ${home}`);
}

/** What is free where the state is. A full disk refuses spawns; nothing is lost by it. */
export function lookAtDisk({ home }: StatePaths): Finding {
  const folder = findExisting(home);
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const detail = `${(freeBytes / 1e9).toFixed(1)} GB free at ${folder}`;
  if (freeBytes < tooLittleBytes)
    return toFailure("disk", detail, "Make room: spawns are refused until there is.");
  if (freeBytes < littleBytes) return toWarning("disk", detail, "profclaw gc, or make room some other way");
  return toOk("disk", detail);
}
