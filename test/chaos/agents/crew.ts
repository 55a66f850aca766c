import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Arena } from "../arena/arena.ts";
import type { Random } from "../random.ts";

/** Kinds of agents that are programs, one for each driver that a fake speaks to. */
export const crew = ["claude", "codex", "spoken", "lines"] as const;

export type CrewAgent = (typeof crew)[number];

/** A session whose agent is a program, as it was asked for and accepted. */
export interface AgentJob {
  id: string;
  /** In its task: its file, its steps and its answer are known by it. */
  name: string;
  agent: CrewAgent;
  steps: number;
  hasWorktree: boolean;
  hasParent: boolean;
}

/** One line of what the fakes themselves have written. */
export interface LedgerFact {
  kind: "begin" | "step" | "bill" | "done";
  session: string;
  name?: string;
  input?: number;
  output?: number;
}

const fakes: Readonly<Record<CrewAgent, string>> = {
  claude: "fake-claude.ts",
  codex: "fake-codex.ts",
  spoken: "fake-acp.ts --costs",
  lines: "fake-lines.ts",
};

const toLedger = (root: string): string => join(root, "agents.log");

/** What an arena has to be made with. */
export function toCrewEnv(): Record<string, string> {
  return { OPENAI_API_KEY: "chaos-key", PROFCLAW_AGENT_STARTS: "4" };
}

/** Puts the fakes where the settings say, and makes the workspace a repository. */
export function installCrew({ root, home, workspace }: Arena): void {
  mkdirSync(join(root, "bin"));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const agents = Object.fromEntries(crew.map((name) => [name, toEntry(root, name)]));
  writeFileSync(join(home, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  const git = (...args: string[]): unknown =>
    execFileSync("git", ["-c", "user.name=c", "-c", "user.email=c@c", ...args], {
      cwd: workspace,
      stdio: "ignore",
    });
  git("init", "-q");
  git("add", ".");
  git("commit", "-q", "-m", "the beginning");
}

function toEntry(root: string, name: CrewAgent): object {
  const [file = "", ...first] = fakes[name].split(" ");
  const path = fileURLToPath(new URL(`../../support/agents/${file}`, import.meta.url));
  const program = join(root, "bin", name);
  const words = [process.execPath, path, ...first].map((word) => `"${word}"`).join(" ");
  const exec = fileURLToPath(new URL("../../support/agents/fake-codex-exec.ts", import.meta.url));
  // What codex falls back to where its shared program is killed again and again.
  const second =
    name === "codex" ? `[ "$1" = exec ] && exec "${process.execPath}" "${exec}" none "$@"\n` : "";
  writeFileSync(program, `#!/bin/sh\n${second}exec ${words} "$@"\n`, { mode: 0o755 });
  const env = { FAKE_LEDGER: toLedger(root), FAKE_ACP_HOME: root };
  if (name === "claude" || name === "codex") return { command: [program], env };
  return { command: [program], env, level: "full", output: name === "spoken" ? "acp" : "json-lines" };
}

/** Spawns one of each kind, again and again until they are accepted, whatever dies meanwhile. */
export async function submitCrew(
  arena: Arena,
  { random, prefix, parent }: { random: Random; prefix: string; parent: string | null },
): Promise<AgentJob[]> {
  const jobs = crew.map((agent) => ({
    name: `${prefix}-${agent}`,
    agent,
    steps: random.int(1, 4),
    hasWorktree: random.chance(0.5),
    hasParent: parent !== null,
  }));
  const sessions = jobs.map(({ name, agent, steps, hasWorktree }) => ({
    task: `trap:work ${name} ${steps} ${random.int(50, 350)}`,
    agent,
    permission_mode: "full",
    worktree: hasWorktree,
  }));
  const body = { sessions, idempotency_key: prefix, ...(parent === null ? {} : { parent }) };
  for (;;) {
    const answer = await arena.call("/api/agents/sessions", { body }).catch(() => undefined);
    if (answer?.status === 202) {
      const accepted = JSON.parse(answer.text) as { sessions: { id: string }[] };
      const ids = accepted.sessions.map(({ id }) => id);
      arena.acceptedIds.push(...ids);
      return jobs.map((job, at) => ({ ...job, id: ids[at] ?? "" }));
    }
    if (answer !== undefined && answer.status < 500) {
      throw new Error(`a spawn was answered ${answer.status}: ${answer.text}`);
    }
    await sleep(40);
  }
}

/** All that the fakes have written. A line that was cut off by a kill tells nothing. */
export function readLedger({ root }: Arena): LedgerFact[] {
  const file = toLedger(root);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as LedgerFact);
}
