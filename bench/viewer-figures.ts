import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import { lookingOnFlags } from "../src/cli/small-heap.ts";
import { createApi } from "./api.ts";
import type { Figure } from "./figure.ts";
import { type Held, toMedian, toPercentile, watchHeld } from "./process-figures.ts";
import { type Stage, bin, openStage } from "./stage.ts";

const floodBytes = 1_000_000_000;
const ticks = 60;
const sessions = 500;
const turns = 10;

/** Who looks on: how late, and how much memory that takes. */
export async function measureViewers(): Promise<Figure[]> {
  return [...(await measureAttach()), ...(await measureBoard())];
}

/** What every program on Node has, most of it pages of the binary that all share; to be asked beside the daemon. */
async function measureBareNode(): Promise<Held> {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 3000)"], { stdio: "ignore" });
  const watched = watchHeld(child.pid ?? 0);
  await sleep(500);
  const held = watched.stop();
  child.kill();
  await once(child, "exit");
  return held;
}

/** The program on a terminal of its own, as somebody types it. */
function onTerminal(stage: Stage, words: string, flags = ""): ChildProcess {
  const command = `stty cols 120 rows 40; echo $$ >&2; exec "${process.execPath}" ${flags} "${bin}" ${words}`;
  return spawn("script", ["-qfec", command, "/dev/null"], {
    cwd: stage.workspace,
    env: { ...stage.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** The pid that `onTerminal` prints first. */
async function readPid(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("There is no output.");
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  return Number.parseInt(first.toString(), 10);
}

const shell = (script: string): object => ({ command: ["sh", "-c", script], level: "auto" });

const agents = {
  ticking: shell(
    `sleep 3; i=0; while [ $i -lt ${ticks} ]; do echo "at=$(date +%s%3N)"; i=$((i+1)); sleep 0.1; done; sleep 3`,
  ),
  flooding: shell(
    `sleep 3; yes 'a line of an agent that prints what it does, again and again' | head -c ${floodBytes}; sleep 3`,
  ),
};

async function measureAttach(): Promise<Figure[]> {
  await using stage = openStage({});
  const home = stage.env["PROFCLAW_HOME"] ?? "";
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(join(home, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  stage.run("up");
  const bare = await measureBareNode();
  const ticking = await follow(stage, "ticking");
  const written = [...ticking.shown.matchAll(/at=(\d{13})/g)].map(([, at]) => Number(at));
  if (written.length !== ticks) throw new Error(`${written.length} lines were shown, not ${ticks}`);
  const lags = written.map((at, index) => (ticking.arrivals[index] ?? Number.NaN) - at);
  const typed = await follow(stage, "flooding");
  const inWindow = await follow(stage, "flooding", lookingOnFlags.join(" "));
  const name = "`agent attach` while an agent prints 1 GB";
  const toNote = ({ held, shownMb }: Followed): string =>
    `${toHeldText(held)}; a bare node PSS ${bare.pss.toFixed(0)} MB, ${toHeldText(bare)}; ` +
    `${shownMb.toFixed(0)} MB of it were shown`;
  return [
    {
      name: "agent's write → `agent attach` on a terminal, p95",
      value: toPercentile(lags, 0.95),
      unit: "ms",
      below: 200,
      note: `${lags.length} lines; median ${toMedian(lags).toFixed(0)} ms`,
    },
    { name: `${name}: peak PSS`, value: typed.held.pss, unit: "MB", below: 50, note: toNote(typed) },
    {
      name: `${name}, in a window of its own: peak PSS`,
      value: inWindow.held.pss,
      unit: "MB",
      below: 50,
      note: toNote(inWindow),
    },
  ];
}

function toHeldText({ own, rss }: Held): string {
  return `its own ${own.toFixed(0)} MB, RSS ${rss.toFixed(0)} MB`;
}

interface Followed {
  /** Its last megabyte. */
  shown: string;
  /** When each line that begins with "at=" was there, ms since the epoch. */
  arrivals: number[];
  shownMb: number;
  held: Held;
}

/** A session of that agent, looked on at until it has ended. */
async function follow(stage: Stage, agent: keyof typeof agents, flags = ""): Promise<Followed> {
  const api = createApi(stage.daemon());
  const { sessions: accepted } = await api.spawn({ sessions: [{ task: "t", agent }] });
  const viewer = onTerminal(stage, `agent attach ${accepted[0]?.id}`, flags);
  const watched = watchHeld(await readPid(viewer));
  const followed: Followed = { shown: "", arrivals: [], shownMb: 0, held: { pss: 0, own: 0, rss: 0 } };
  const ended = createEnd(viewer, (text) => {
    const now = Date.now();
    followed.shownMb += text.length / 1e6;
    followed.shown = `${followed.shown}${text}`.slice(-1_000_000);
    for (let at = text.match(/at=\d/g)?.length ?? 0; at > 0; at -= 1) followed.arrivals.push(now);
  });
  await ended;
  followed.held = watched.stop();
  viewer.stdin?.write("\r");
  await once(viewer, "exit");
  return followed;
}

/** Resolves when it says that the session has ended. */
function createEnd(viewer: ChildProcess, onText: (text: string) => void): Promise<void> {
  let tail = "";
  return new Promise((resolve) => {
    viewer.stdout?.setEncoding("utf8").on("data", (text: string) => {
      onText(text);
      tail = `${tail}${text}`.slice(-400);
      if (tail.includes("Enter leaves")) resolve();
    });
  });
}

/** Some sessions that live through much, while the board stands open. */
async function measureBoard(): Promise<Figure[]> {
  const model = await startModelServer({
    keepBodies: false,
    script: ({ turn }) =>
      turn < turns ? { toolCalls: [{ name: "list_dir", input: { path: "." } }] } : { text: "done" },
  });
  try {
    await using stage = openStage({
      ANTHROPIC_API_KEY: "bench",
      ANTHROPIC_BASE_URL: model.anthropicUrl,
      PROFCLAW_MODE: "pro",
    });
    stage.run("up");
    const api = createApi(stage.daemon());
    const board = onTerminal(stage, "");
    const pid = await readPid(board);
    board.stdout?.resume();
    const rounds: Held[] = [];
    for (let round = 0; round < 4; round += 1) {
      const watched = watchHeld(pid);
      const tasks = Array.from({ length: sessions / 4 }, (_, at) => ({
        task: `task ${at}`,
        provider: "anthropic",
      }));
      await api.waitFor((await api.spawn({ sessions: tasks })).batch_id);
      rounds.push(watched.stop());
    }
    board.stdin?.write("q");
    await once(board, "exit");
    const peaks = rounds.map(({ pss }) => pss);
    const [, second = 0, , last = 0] = peaks;
    const events = sessions * turns * 4;
    return [
      {
        name: `the board over ${sessions} sessions with ${events} events and more: peak PSS`,
        value: Math.max(...peaks),
        unit: "MB",
        below: 150,
        note: `of its quarters ${peaks.map((peak) => peak.toFixed(0)).join(", ")} MB; RSS ${rounds.at(-1)?.rss.toFixed(0)} MB`,
      },
      {
        name: "the same: growth from its second to its last quarter",
        value: last - second,
        unit: "MB",
        below: 30,
      },
    ];
  } finally {
    await model.close();
  }
}
