import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** A process with its start time: a pid alone may be given to another one. */
export interface SeenProcess {
  pid: number;
  startTime: string;
  command: string;
}

/** Living processes whose environment, command line or folder names this text; the caller itself is none. */
export function findProcesses(text: string): SeenProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const startTime = readStartTime(pid);
    if (startTime === undefined) return [];
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    const traces = [command, read(`/proc/${pid}/environ`), readFolder(pid)];
    return command !== "" && traces.some((trace) => trace.includes(text))
      ? [{ pid, startTime, command }]
      : [];
  });
}

export function isAlive({ pid, startTime }: Pick<SeenProcess, "pid" | "startTime">): boolean {
  return readStartTime(pid) === startTime;
}

/** Ends that very process, if it still lives. */
export function endProcess(seen: SeenProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  if (!isAlive(seen)) return;
  try {
    process.kill(seen.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Field 22 of proc(5) stat; undefined for none, a zombie or a dead one. */
function readStartTime(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return /^[ZX]/.test(fields[0] ?? "Z") || text === "" ? undefined : fields[19];
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function readFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
