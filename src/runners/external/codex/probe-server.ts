import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { readRpc } from "../json-rpc.ts";
import { toGreeting } from "./codex-requests.ts";

/** A program, and what it is started with. */
export interface ProbedServer {
  program: string;
  path: string;
  /** What the user's settings have its environment begin with: without it some do not start. */
  settings: Readonly<Record<string, string>>;
}

/** Whether programs have an app-server that starts, asked once for each state of a file and its settings. */
export interface ServerBook {
  hasServer(server: ProbedServer): Promise<boolean>;
}

// It answers in a tenth of a second; the machine may be busy.
const withinMs = 10_000;
// One that was silent may have been too slow: it is asked again, but not by each session.
const silentForMs = 60_000;
const mostBytes = 64 * 1024;

export function createServerBook(now: () => number = () => performance.now()): ServerBook {
  const known = new Map<string, { answer: Promise<ServerAnswer>; untilMs: number }>();
  return {
    async hasServer(server) {
      const { program, path, settings } = server;
      const key = JSON.stringify([path, program, toState(program), Object.entries(settings)]);
      const before = known.get(key);
      if (before !== undefined && before.untilMs > now()) return (await before.answer) === "answers";
      // Where it could not be asked at all, nothing is known for long either.
      const asked = probeServer(server).catch((): ServerAnswer => "silent");
      const entry = { answer: asked, untilMs: Number.POSITIVE_INFINITY };
      known.set(key, entry);
      const answer = await entry.answer;
      if (answer === "silent") entry.untilMs = now() + silentForMs;
      return answer === "answers";
    },
  };
}

/** gone: it has ended, or could not be started. silent: it answers nothing in time. */
export type ServerAnswer = "answers" | "gone" | "silent";

interface ProbePatience {
  withinMs: number;
  signal?: AbortSignal;
}

/** What an app-server makes of a greeting, in an empty folder of its own: none of its own settings and no key of ours is part of it. */
export async function probeServer(
  { program, path, settings }: ProbedServer,
  patience: ProbePatience = { withinMs },
): Promise<ServerAnswer> {
  const home = mkdtempSync(join(tmpdir(), "profclaw-codex-"));
  const child = spawn(program, ["app-server"], {
    cwd: home,
    // Whatever it starts is ended with it.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: path, HOME: homedir(), ...settings, CODEX_HOME: home },
  });
  try {
    return await hear(child, patience);
  } finally {
    endGroup(child.pid);
    child.stdin?.destroy();
    child.stdout?.destroy();
    await rm(home, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

function hear(child: ChildProcess, { withinMs: limitMs, signal }: ProbePatience): Promise<ServerAnswer> {
  return new Promise((resolve) => {
    let text = "";
    const giveUp = (): void => finish("silent");
    const timer = setTimeout(giveUp, limitMs);
    const finish = (answer: ServerAnswer): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      resolve(answer);
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      text = (text + piece).slice(-mostBytes);
      if (text.split("\n").some(isAnswer)) finish("answers");
    });
    child.stdin?.on("error", () => undefined).write(toGreeting("hello"));
    child.once("error", () => finish("gone"));
    child.once("close", () => finish("gone"));
  });
}

function isAnswer(line: string): boolean {
  const message = readRpc(line);
  return message?.kind === "result" && message.id === "hello";
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

function toState(program: string): string {
  const state = statSync(program, { throwIfNoEntry: false });
  return `${state?.mtimeMs} ${state?.size}`;
}
