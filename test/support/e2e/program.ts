import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** How a program ended, and all that it said. */
export interface ProgramEnd {
  /** Null if a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
}

export interface ProgramStart {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Killed after that long, and the test fails with what it had said. Default 20,000. */
  withinMs?: number | undefined;
}

/** A program that runs: what it has said so far, and its end. */
export interface Program {
  pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<ProgramEnd>;
  write(text: string): void;
  /** Nothing more comes on its stdin. */
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the text of a stream once it matches; rejects when the program ends without that. */
  says(pattern: RegExp, stream?: "stdout" | "stderr"): Promise<string>;
}

const defaultWithinMs = 20_000;

export function startProgram(start: ProgramStart): Program {
  const [program, ...args] = start.argv;
  const child = spawn(program, args, { cwd: start.cwd, env: start.env, stdio: ["pipe", "pipe", "pipe"] });
  return new RunningProgram(child, start);
}

class RunningProgram implements Program {
  readonly pid: number;
  readonly ended: Promise<ProgramEnd>;
  private readonly said = { stdout: "", stderr: "" };
  private readonly listeners = new Set<() => void>();
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly shown: string;

  constructor(child: ChildProcessWithoutNullStreams, start: ProgramStart) {
    this.child = child;
    this.pid = child.pid ?? -1;
    this.shown = start.argv.slice(1).join(" ");
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        this.said[stream] += text;
        for (const listener of this.listeners) listener();
      });
    }
    // It may end before it has read what it is sent.
    child.stdin.on("error", () => undefined);
    this.ended = this.waitForEnd(start.withinMs ?? defaultWithinMs);
    // Whoever awaits it later gets the rejection; until then nobody needs to handle it.
    this.ended.catch(() => undefined);
  }

  get stdout(): string {
    return this.said.stdout;
  }

  get stderr(): string {
    return this.said.stderr;
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  endInput(): void {
    this.child.stdin.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  says(pattern: RegExp, stream: "stdout" | "stderr" = "stdout"): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(this.said[stream])) return;
        this.listeners.delete(look);
        resolve(this.said[stream]);
      };
      this.listeners.add(look);
      look();
      const giveUp = (): void =>
        reject(new Error(`"${this.shown}" never said ${pattern}: ${this.describe()}`));
      this.ended.then(giveUp, reject);
    });
  }

  private waitForEnd(withinMs: number): Promise<ProgramEnd> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.child.kill("SIGKILL");
        reject(new Error(`"${this.shown}" still ran after ${withinMs} ms: ${this.describe()}`));
      }, withinMs);
      this.child.once("error", reject);
      this.child.once("close", (exitCode, signal) => {
        clearTimeout(timer);
        const ms = performance.now() - startedAt;
        resolve({ exitCode, signal, stdout: this.stdout, stderr: this.stderr, ms });
      });
    });
  }

  private describe(): string {
    return JSON.stringify({ stdout: this.stdout.slice(-2_000), stderr: this.stderr.slice(-2_000) });
  }
}
