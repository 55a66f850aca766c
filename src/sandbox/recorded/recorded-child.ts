import type { ChildProcess } from "node:child_process";
import type { RecordedEnd } from "./run-folder.ts";

/** Why it could not be started; null: it runs. */
export function waitForSpawn(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once("spawn", () => resolve(null));
    child.once("error", (error) => resolve(error.message));
  });
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

export function toEnd(facts: Partial<RecordedEnd>): RecordedEnd {
  const none = { exitCode: null, signal: null, notStarted: null, stopped: null, cutBytes: 0 };
  return { ...none, ...facts, endedAt: Date.now() };
}
