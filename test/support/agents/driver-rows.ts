import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "../e2e/stage.ts";

/** What every driver has to get right, whatever its agent's wire format. */
export type DriverScene = "plain" | "slow" | "garbage" | "long-line" | "nothing" | "failure";

/** One driver before its fake agent. */
export interface DriverRow {
  agent: string;
  /** Where the agent's name does not say which driver it is. */
  title?: string;
  /** Puts the fake agent where the daemon finds it; no daemon runs yet. */
  install: (stage: Stage) => void;
  /**
   * The task by which the fake plays a scene. slow: a time in ms follows it. nothing: it leaves with exit code 0
   * and has said nothing. failure: it says that it failed, and leaves with exit code 0.
   */
  tasks: Readonly<Record<DriverScene, string>>;
  /** What a slow run calls its tool; null: its wire has no tools. */
  tool: string | null;
  /** True: its process is that of other sessions too, and outlives one. */
  isShared?: boolean;
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
};

export const driverRows: readonly DriverRow[] = [
  {
    agent: "lines",
    install: (stage) =>
      configure(stage, "lines", { command: toCommand("fake-lines.ts"), output: "json-lines" }),
    tasks,
    tool: null,
    books: toBooks(),
  },
  {
    agent: "claude",
    install: (stage) => installOnPath(stage, "claude", "fake-claude.ts"),
    tasks: { ...tasks, nothing: "trap:silence" },
    tool: "Read",
    books: toBooks(),
  },
  {
    agent: "codex",
    install: (stage) => installOnPath(stage, "codex", "fake-codex.ts"),
    tasks: { ...tasks, nothing: "trap:exit-0", failure: "trap:body" },
    tool: "shell",
    isShared: true,
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
    books: {
      once: { usage: { input_tokens: 1_000, cache_read_tokens: 400, output_tokens: 100 } },
      twice: { usage: { input_tokens: 2_000, cache_read_tokens: 800, output_tokens: 200 } },
    },
  },
  {
    agent: "spoken",
    install: (stage) =>
      configure(stage, "spoken", {
        command: [...toCommand("fake-acp.ts"), "--costs"],
        output: "acp",
        env: { FAKE_ACP_HOME: stage.root },
      }),
    tasks: { ...tasks, failure: "trap:error" },
    tool: "read",
    books: toBooks(),
  },
];

function toBooks(): DriverRow["books"] {
  return {
    once: { cost_usd: "0.01", usage: { input_tokens: 100, output_tokens: 10 } },
    twice: { cost_usd: "0.02", usage: { input_tokens: 200, output_tokens: 20 } },
  };
}

/** An agent of a person's own, by their settings. */
function configure(stage: Stage, name: string, agent: object): void {
  const agents = { [name]: { level: "auto", ...agent } };
  mkdirSync(stage.state, { mode: 0o700 });
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
}

function toCommand(file: string): string[] {
  return [process.execPath, toPath(file)];
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
