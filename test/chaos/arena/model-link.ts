import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Opening, Wall } from "../model/model-process.ts";
import { parseTask } from "../model/plan.ts";

/** One request as the model server saw it. */
export interface SeenCall {
  /** Of the session's plan; the task itself where that is none. */
  planId: string;
  /** Counted from 0. */
  turn: number;
  startedAt: number;
  endedAt: number | null;
  /** "answered": given whole. */
  outcome: "answered" | "refused" | "broken-off" | "client-closed" | null;
  /** Results of the turn before, in the order of its calls. */
  toolResults: { text: string; isError: boolean }[];
}

/** The scripted model in a process of its own. Dispose of it. */
export interface ModelLink extends AsyncDisposable {
  url: string;
  raiseWall(wall: Wall): void;
  /** What it has seen so far. */
  calls(): Promise<SeenCall[]>;
  /** Requests that it has not answered yet. */
  inFlight(): Promise<number>;
  /** What the real API would have refused. */
  violations(): Promise<string[]>;
  /** Whole answers and their tokens, by its own account. */
  given(): Promise<{ calls: number; inputTokens: number; outputTokens: number }>;
}

interface RawRequests {
  inFlight: number;
  requests: (Omit<SeenCall, "planId"> & { firstUserText: string })[];
}

export async function startModel(effectFile: string): Promise<ModelLink> {
  const file = fileURLToPath(new URL("../model/model-process.ts", import.meta.url));
  // Nothing of the arena in its command line, environment or folder: it is no process of the daemon's.
  const child = fork(file, { cwd: "/", env: {}, execArgv: [] });
  child.send({ effectFile } satisfies Opening);
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  const read = async <Value>(path: string): Promise<Value> =>
    (await (await fetch(`${url}/${path}`)).json()) as Value;
  return {
    url,
    raiseWall: (wall) => void child.send(wall),
    async calls() {
      const { requests } = await read<RawRequests>("__requests");
      return requests.map(({ firstUserText, turn, startedAt, endedAt, outcome, toolResults }) => ({
        planId: parseTask(firstUserText)?.id ?? firstUserText,
        turn,
        startedAt,
        endedAt,
        outcome,
        toolResults,
      }));
    },
    inFlight: async () => (await read<RawRequests>("__requests")).inFlight,
    violations: () => read("__violations"),
    async given() {
      const totals = Object.values(await read<Record<string, Record<string, number>>>("__ledger"));
      const sum = (key: string): number => totals.reduce((total, row) => total + (row[key] ?? 0), 0);
      return { calls: sum("calls"), inputTokens: sum("inputTokens"), outputTokens: sum("outputTokens") };
    },
    [Symbol.asyncDispose]: () => endModel(child),
  };
}

async function endModel(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
