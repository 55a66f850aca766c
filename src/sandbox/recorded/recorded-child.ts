import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { toMark } from "./process-mark.ts";
import type { RecorderTask } from "./recorder-task.ts";
import type { RecordedEnd, RecordedStart } from "./run-folder.ts";

/** Starts it in a group of its own. A text: why it could not be started. */
export async function startChild(
  [program, ...args]: readonly [string, ...string[]],
  options: SpawnOptions,
): Promise<ChildProcess | string> {
  try {
    // Some refusals are thrown (too much in its arguments, a zero byte, a file that is being written), others told.
    const child = spawn(program, args, { ...options, detached: true });
    return await new Promise((resolve) => {
      child.once("spawn", () => resolve(child));
      child.once("error", (error) => resolve(error.message));
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The variables as they stand in JSON text. */
export function fillIn(
  text: string,
  names: readonly string[],
  values: Readonly<Record<string, string>>,
): string {
  return names.reduce(
    (filled, name) => filled.replaceAll(`{{${name}}}`, () => JSON.stringify(values[name] ?? "").slice(1, -1)),
    text,
  );
}

export function killGroup(groupId: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // The whole group is gone already.
  }
}

/** The fact of a start by this process; `pid` is null before there is one. */
export function toStart({ commandId }: Pick<RecorderTask, "commandId">, pid: number | null): RecordedStart {
  return {
    recorder: toMark(process.pid),
    program: pid === null ? null : toMark(pid),
    commandId,
    startedAt: Date.now(),
  };
}

export function toEnd(facts: Partial<RecordedEnd>): RecordedEnd {
  const none = { exitCode: null, signal: null, notStarted: null, stopped: null, cutBytes: 0 };
  return { ...none, ...facts, endedAt: Date.now() };
}
