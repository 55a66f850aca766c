import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const launcher = join(import.meta.dirname, "../../../bin/profclaw.cjs");

/** HOME and TMPDIR of the demo: whatever it leaves, it leaves here. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "profclaw-demo-test-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Run {
  exitCode: number | null;
  output: string;
  tookMs: number;
}

async function runDemo(args: string[], onOutput?: (output: string, pid: number) => void): Promise<Run> {
  const startedAt = performance.now();
  const env = { PATH: process.env["PATH"], HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [launcher, "demo", ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const take = (chunk: unknown): void => {
    output += String(chunk);
    onOutput?.(output, child.pid ?? 0);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, output, tookMs: performance.now() - startedAt };
}

/** Processes that the demo started: they have its TMPDIR in their environment. */
function listLeftProcesses(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`TMPDIR=${folder}\0`);
      } catch {
        return false;
      }
    });
}

/** The compile cache of Node and what npm keeps are theirs. */
function listLeftFolders(): string[] {
  return readdirSync(folder).filter((name) => name.includes("profclaw"));
}

test(
  "the demo survives its own kill -9, proves its books, and leaves nothing",
  { timeout: 60_000 },
  async () => {
    const { exitCode, output, tookMs } = await runDemo([]);
    expect(exitCode, output).toBe(0);
    expect(output).toContain("simulated model");
    expect(output).toMatch(/kill -9 \d+: the daemon is dead/);
    expect(output).toContain("Nothing was paid twice, and nothing is missing");
    expect(output).toContain("6 findings, 4 of them high");
    expect(output).toContain("The tests ran: 4 passed, 0 failed.");
    expect(tookMs).toBeLessThan(15_000);
    await expect.poll(listLeftProcesses).toEqual([]);
    expect(listLeftFolders()).toEqual([]);
  },
);

test("Ctrl-C ends it and cleans up", { timeout: 60_000 }, async () => {
  let isSent = false;
  const { exitCode, output } = await runDemo(["--json"], (soFar, pid) => {
    if (!isSent && soFar.includes(" running: ")) {
      isSent = true;
      process.kill(pid, "SIGINT");
    }
  });
  expect(exitCode, output).toBe(130);
  expect(output).not.toContain("kill -9");
  await expect.poll(listLeftProcesses).toEqual([]);
  expect(listLeftFolders()).toEqual([]);
});
