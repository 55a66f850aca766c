import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import { type Api, createApi } from "./api.ts";
import type { Figure } from "./figure.ts";
import { toMedian, toPercentile } from "./process-figures.ts";
import { openStage } from "./stage.ts";

const rounds = 200;
const ends = 60;
// A session takes 50 turns at most.
const wakesEach = 40;
const longestWakeMs = 10_000;
const sleeperTask = "sleeper";

/** How soon who waits goes on: for mail over HTTP, for mail in a session's own wait, and for the end of a session. */
export async function measureMail(): Promise<Figure[]> {
  const wakes = createWakeBell();
  const model = await startModelServer({
    keepBodies: false,
    script({ firstUserText }) {
      if (!firstUserText.startsWith(sleeperTask)) return { text: "done", delayMs: 150 };
      wakes.ring();
      return { toolCalls: [{ name: "wait", input: {} }] };
    },
  });
  try {
    await using stage = openStage({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.anthropicUrl });
    stage.run("up");
    const daemon = stage.daemon();
    const [writer, reader] = [createApi(daemon, "writer"), createApi(daemon, "reader")];
    return [
      toFigure("whisper → a waiting agent has it", await wakeReader(writer, reader), `${rounds} in a row`),
      toFigure(
        "whisper → the next model call of a waiting session",
        await wakeSessions(writer, wakes),
        `${rounds}, from before the whisper is sent to its arrival at the model`,
      ),
      toFigure(
        "end of a session → who waits for it knows",
        await awaitEnds(createApi(daemon, "waiter")),
        `${ends} in a row`,
      ),
    ];
  } finally {
    await model.close();
  }
}

function toFigure(name: string, taken: readonly number[], how: string): Figure {
  const note = `${how}; median ${toMedian(taken).toFixed(1)} ms`;
  return { name: `${name}, p95`, value: toPercentile(taken, 0.95), unit: "ms", below: 20, note };
}

/** From before the whisper is sent until the other's wait has answered with it. */
async function wakeReader(writer: Api, reader: Api): Promise<number[]> {
  await reader.post("/peers", {});
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const waiting = reader.post("/wait", { mark_read: true, timeout_s: 30 });
    // It is to sleep before it is woken.
    await pause(10);
    const startedAt = performance.now();
    const posting = writer.post("/messages", { to_cid: "reader", content: `${round}` });
    const { messages } = (await waiting) as { messages: { content: string }[] };
    taken.push(performance.now() - startedAt);
    if (messages.length !== 1 || messages[0]?.content !== `${round}`) {
      throw new Error(`round ${round} was told ${JSON.stringify(messages)}`);
    }
    await posting;
  }
  return taken;
}

/** The sessions wait in their own tool, without a slot; each message is a next turn. */
async function wakeSessions(writer: Api, wakes: WakeBell): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < rounds) {
    const { sessions } = await writer.spawn({ sessions: [{ task: sleeperTask, provider: "anthropic" }] });
    const id = sessions[0]?.id ?? "";
    for (let round = 0; round < wakesEach; round += 1) taken.push(await wakeOnce(writer, wakes, id));
    await writer.post(`/agents/sessions/${id}/cancel`, {});
  }
  return taken;
}

async function wakeOnce(writer: Api, wakes: WakeBell, id: string): Promise<number> {
  await untilParked(writer, id);
  const waking = wakes.next();
  const startedAt = performance.now();
  const posting = writer.post("/messages", { to_cid: id, content: "go on" });
  const wokenAt = await waking;
  await posting;
  return wokenAt - startedAt;
}

/** By the daemon's own time of the end, which is before its commit. */
async function awaitEnds(waiter: Api): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < ends; round += 1) {
    const { sessions } = await waiter.spawn({ sessions: [{ task: "quick", provider: "anthropic" }] });
    const asked = { tasks: sessions.map(({ id }) => id), mark_read: true, timeout_s: 30 };
    const answer = (await waiter.post("/wait", asked)) as {
      status: string;
      tasks: { status: string; ended_at: string }[];
    };
    const [task] = answer.tasks;
    if (answer.status !== "done" || task?.status !== "completed") throw new Error(JSON.stringify(answer));
    taken.push(Date.now() - Date.parse(task.ended_at));
  }
  return taken;
}

async function untilParked(api: Api, id: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await api.getSession(id)).status !== "waiting") {
    if (performance.now() > deadline) throw new Error(`${id} does not wait`);
    await pause(2);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Tells when the model is asked by the session that sleeps. */
interface WakeBell {
  ring(): void;
  /** Resolves with performance.now() of the next ring; rejects if none comes. */
  next(): Promise<number>;
}

function createWakeBell(): WakeBell {
  let listener: ((at: number) => void) | null = null;
  return {
    ring() {
      listener?.(performance.now());
      listener = null;
    },
    next: () =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("nobody woke up")), longestWakeMs);
        listener = (at) => {
          clearTimeout(timer);
          resolve(at);
        };
      }),
  };
}
