import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "../e2e/stage.ts";

/** What every driver has to get right, whatever its agent's wire format. */
export type DriverScene =
  | "plain"
  | "slow"
  | "garbage"
  | "long-line"
  | "nothing"
  | "failure"
  | "crash"
  | "late-exit"
  | "unauthorized";

/** One driver before its fake agent. */
export interface DriverRow {
  agent: string;
  /** Where the agent's name does not say which driver it is. */
  title?: string;
  /** Puts the fake agent where the daemon finds it; no daemon runs yet. */
  install: (stage: Stage) => void;
  /**
   * The task by which the fake plays a scene. slow: a time in ms follows it. nothing: it leaves with exit code 0
   * and has said nothing. failure: it says that it failed, and leaves with exit code 0. crash: it says "out of memory"
   * on stderr and leaves with exit code 3. late-exit: it answers, and then leaves with exit code 3.
   */
  tasks: Readonly<Record<DriverScene, string>>;
  /** What a slow run calls its tool; null: its wire has no tools. */
  tool: string | null;
  /** True: its process is that of other sessions too, and outlives one. */
  isShared?: boolean;
  /** True: it is a program of a person's own, of which nobody knows a version. */
  isOwn?: boolean;
  /** True: what it has answered is answered, however its process ends then: that serves its protocol, not its task. */
  outlivesExit?: boolean;
  /** What one says of its version that is too old. Left out: any will do. */
  older?: string;
  /** What is on the books after one plain run, and after it went on once. */
  books: { once: object; twice: object };
}

const tasks: DriverRow["tasks"] = {
  plain: "say it",
  slow: "trap:slow",
  garbage: "trap:garbage",
  "long-line": "trap:long-line",
  nothing: "trap:nothing",
  failure: "trap:error-in-success",
  crash: "trap:crash",
  "late-exit": "trap:late-exit",
  unauthorized: "trap:unauthorized",
};

export const driverRows: readonly DriverRow[] = [
  {
    agent: "lines",
    install: (stage) => configure(stage, "lines", { fake: "fake-lines.ts", args: [], output: "json-lines" }),
    tasks,
    tool: null,
    isOwn: true,
    books: toBooks(),
  },
  {
    agent: "claude",
    install: (stage) => installOnPath(stage, "claude", "fake-claude.ts"),
    tasks: { ...tasks, nothing: "trap:silence", unauthorized: "trap:error-in-success" },
    tool: "Read",
    older: "2.0.1 (Claude Code)",
    books: toBooks(),
  },
  {
    agent: "codex",
    install: (stage) => installOnPath(stage, "codex", "fake-codex.ts"),
    tasks: { ...tasks, nothing: "trap:exit-0", failure: "trap:body" },
    tool: "shell",
    isShared: true,
    outlivesExit: true,
    older: "codex-cli 0.100.0",
    books: {
      once: { usage: { input_tokens: 1_000, cache_read_tokens: 400, output_tokens: 100 } },
      twice: { usage: { input_tokens: 2_000, cache_read_tokens: 800, output_tokens: 200 } },
    },
  },
  {
    agent: "codex",
    title: "codex by exec",
    install: (stage) => installOnPath(stage, "codex", "fake-codex-exec.ts none"),
    tasks: { ...tasks, nothing: "trap:exit-0", failure: "trap:body" },
    tool: "shell",
    older: "codex-cli 0.100.0",
    books: {
      once: { usage: { input_tokens: 1_000, cache_read_tokens: 400, output_tokens: 100 } },
      twice: { usage: { input_tokens: 2_000, cache_read_tokens: 800, output_tokens: 200 } },
    },
  },
  {
    agent: "spoken",
    install: (stage) =>
      configure(stage, "spoken", {
        fake: "fake-acp.ts",
        args: ["--costs"],
        output: "acp",
        env: { FAKE_ACP_HOME: stage.root },
      }),
    tasks: { ...tasks, failure: "trap:error" },
    tool: "read",
    isOwn: true,
    outlivesExit: true,
    books: toBooks(),
  },
];

function toBooks(): DriverRow["books"] {
  return {
    once: { cost_usd: "0.01", usage: { input_tokens: 100, output_tokens: 10 } },
    twice: { cost_usd: "0.02", usage: { input_tokens: 200, output_tokens: 20 } },
  };
}

interface OwnAgent {
  fake: string;
  args: readonly string[];
  output: string;
  env?: Readonly<Record<string, string>>;
}

/** An agent of a person's own, by their settings. */
function configure(stage: Stage, name: string, { fake, args, ...agent }: OwnAgent): void {
  installOnPath(stage, name, fake);
  const agents = { [name]: { level: "auto", command: [name, ...args], ...agent } };
  mkdirSync(stage.state, { mode: 0o700 });
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
}

/** `fake`: its file, and arguments of its own before those of the daemon. */
export function installOnPath(stage: Stage, name: string, fake: string): void {
  const [file = "", ...first] = fake.split(" ");
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${toPath(file)}" ${first.join(" ")} "$@"\n`;
  writeFileSync(join(stage.root, "bin", name), shim, { mode: 0o755 });
}

function toPath(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
