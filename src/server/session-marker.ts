import { readFileSync } from "node:fs";
import { join } from "node:path";

const markerName = "PROFCLAW_SESSION_ID";
/** Deeper trees of processes are not followed; nobody builds them by accident. */
const maxAncestors = 128;

/** Where a search for the marker looks, and where it ends. */
export interface MarkerSearch {
  procFolder: string;
  /** The daemon: what is above it was there before any of its sessions. */
  stopAtPid: number;
  /** The session whose command a process leads, as the daemon itself knows it. */
  sessionOfCommand?: SessionOfCommand;
}

export type SessionOfCommand = (pid: number) => string | null;

/**
 * The session that a process belongs to: its own marker or an ancestor's. The topmost below
 * the daemon counts: what the daemon knows of its own child, else the marker it wrote there; a session
 * can write any below it.
 */
export function findSessionMarker(pid: number, search: MarkerSearch): string | null {
  let found: string | null = null;
  let current = pid;
  for (let step = 0; step < maxAncestors; step += 1) {
    if (current <= 1 || current === search.stopAtPid) return found;
    found = search.sessionOfCommand?.(current) ?? readMarker(current, search.procFolder) ?? found;
    current = readParent(current, search.procFolder);
  }
  return found;
}

function readMarker(pid: number, procFolder: string): string | null {
  const environment = readProc(join(procFolder, String(pid), "environ"));
  const start = `${markerName}=`;
  const entry = environment.split("\0").find((variable) => variable.startsWith(start));
  const value = entry?.slice(start.length) ?? "";
  return value === "" ? null : value;
}

/** The name in the second field of `stat` may hold spaces and parentheses, so count from the last one. */
function readParent(pid: number, procFolder: string): number {
  const stat = readProc(join(procFolder, String(pid), "stat"));
  const [, parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(parent);
}

function readProc(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // Not ours to read (sudo, init): it cannot carry our marker, its ancestors may.
    return "";
  }
}
