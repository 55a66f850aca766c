import { runCommand } from "../../../sandbox/run-command.ts";

/** Where codex keeps threads, and the program that knows how it does. */
export interface ThreadKeeper {
  program: string;
  path: string;
  codexHome: string;
  /** The variables that the user's settings give it. */
  settings: Readonly<Record<string, string>>;
}

const withinMs = 10_000;

/** Has codex itself change what it keeps of a thread. What it refuses, or does not do in time, is left as it is. */
export async function changeThread(
  { program, path, codexHome, settings }: ThreadKeeper,
  words: readonly ["unarchive" | "delete", ...string[]],
): Promise<void> {
  await runCommand({
    argv: [program, ...words],
    cwd: codexHome,
    path,
    sessionId: "",
    timeoutMs: withinMs,
    maxOutputBytes: 4_096,
    signal: AbortSignal.timeout(withinMs * 2),
    environment: { ...settings, CODEX_HOME: codexHome },
  }).catch(() => null);
}
