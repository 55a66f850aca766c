import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Api, createApi } from "../api.ts";
import type { Figure } from "../figure.ts";
import { toMedian, toPercentile } from "../process-figures.ts";
import { type Stage, bin, openStage } from "../stage.ts";

const sends = 40;
const asks = 10;
const withinMs = 10_000;

interface Scene {
  stage: Stage;
  api: Api;
}

/** How soon an agent has what it is sent, and how soon a person sees what it asks: with a program that tells the time. */
export async function measureLatencies(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-clock-"));
  try {
    await using stage = openStage({ ...installClock(folder), POOL_MAX_CONCURRENT: "50" });
    stage.run("up");
    const scene = { stage, api: createApi(stage.daemon()) };
    const figures = [await measureSends(scene), ...(await measureAsks(scene))];
    stage.run("agent", "stop", "--all");
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function installClock(folder: string): Record<string, string> {
  const agent = fileURLToPath(new URL("clock-agent.ts", import.meta.url));
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${agent}" "$@"\n`;
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/claude"), shim, { mode: 0o755 });
  return { PATH: [join(folder, "bin"), process.env["PATH"]].join(delimiter), ANTHROPIC_API_KEY: "bench" };
}

async function measureSends(scene: Scene): Promise<Figure> {
  const id = await begin(scene, "listen");
  await untilTold(scene, id, "listen");
  const taken: number[] = [];
  for (let at = 0; at < sends; at += 1) {
    const sentAt = now();
    await scene.api.post(`/agents/sessions/${id}/messages`, { message: `number ${at};` });
    taken.push((await untilTold(scene, id, `number ${at};`)) - sentAt);
  }
  return {
    name: "send → it is on the stdin of an agent at work, p95",
    value: toPercentile(taken, 0.95),
    unit: "ms",
    below: 100,
    note: `${sends} in a row, from before the request; median ${toMedian(taken).toFixed(1)} ms`,
  };
}

async function measureAsks(scene: Scene): Promise<Figure[]> {
  const board = openBoard(scene.stage);
  const [listed, seen]: [number[], number[]] = [[], []];
  for (let at = 1; at <= asks; at += 1) {
    const task = `ask ${at}`;
    const id = await begin(scene, task);
    const askedAt = await untilTold(scene, id, task);
    await until(async () => (await scene.api.listApprovals()).length === at);
    listed.push(now() - askedAt);
    if (board === null) continue;
    seen.push((await board.until(`NEEDS YOU ${at}`)) - askedAt);
  }
  board?.close();
  const rows: Figure[] = [toAskFigure("it is listed over REST", listed)];
  return seen.length === 0
    ? rows
    : [...rows, { ...toAskFigure("it stands on the board", seen), below: 1_000 }];
}

function toAskFigure(what: string, taken: readonly number[]): Figure {
  return {
    name: `an agent asks for leave → ${what}, longest`,
    value: Math.max(...taken),
    unit: "ms",
    note: `${taken.length}, each of a session of its own; median ${toMedian(taken).toFixed(0)} ms`,
  };
}

async function begin({ api }: Scene, task: string): Promise<string> {
  const { sessions } = await api.spawn({ sessions: [{ task, agent: "claude", permission_mode: "ask" }] });
  return sessions[0]?.id ?? "";
}

/** When the program had this, by its own word. */
async function untilTold({ stage }: Scene, id: string, text: string): Promise<number> {
  const path = join(stage.env["PROFCLAW_HOME"] ?? "", "agents", id, "1", "stdout.log");
  let at = Number.NaN;
  await until(async () => {
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    const told = lines.map((line) => JSON.parse(line) as { type: string; at: number; text: string });
    at = told.find((line) => line.type === "clock" && line.text.includes(text))?.at ?? Number.NaN;
    return !Number.isNaN(at);
  });
  return at;
}

interface Board {
  /** When it first showed this text. */
  until(text: string): Promise<number>;
  close(): void;
}

/** The live board on a terminal of its own; null where there is no program to make one. */
function openBoard({ env, workspace: cwd }: Stage): Board | null {
  if (!existsSync("/usr/bin/script")) {
    process.stderr.write("There is no script(1) to give the board a terminal: its figure is left out.\n");
    return null;
  }
  const command = `stty cols 120 rows 40; exec "${process.execPath}" "${bin}"`;
  const child: ChildProcess = spawn("script", ["-qfec", command, "/dev/null"], {
    cwd,
    env: { ...env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let shown = "";
  let shownAt = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    shown = (shown + text).slice(-100_000);
    shownAt = now();
  });
  return {
    async until(text) {
      await until(async () => shown.includes(text));
      return shownAt;
    },
    close: () => void child.stdin?.end("q"),
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error("It did not come so far in time.");
    await sleep(2);
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
