import { runCommand } from "../../../src/sandbox/run-command.ts";

// Runs each argument as a shell script until it is killed: a daemon as far as the reaper can see.
const [cwd = "/", ...scripts] = process.argv.slice(2);
await Promise.all(
  scripts.map((script) =>
    runCommand({
      argv: ["/bin/bash", "-c", script],
      cwd,
      path: "/usr/bin:/bin",
      sessionId: "a-session",
      timeoutMs: 600_000,
      maxOutputBytes: 1_000,
      signal: new AbortController().signal,
    }),
  ),
);
