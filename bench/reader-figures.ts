import { type ClientRequest, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startModelServer } from "../test/support/model-server/start-model-server.ts";
import { createApi } from "./api.ts";
import type { Figure } from "./figure.ts";
import { readMemoryMb, toPercentile } from "./process-figures.ts";
import { openStage } from "./stage.ts";
import { toSessions } from "./task.ts";

const sessions = 10;
const readersEach = 50;
const deltas = 200;
const deltaMs = 50;
const deltaLength = 160;

/** Five hundred readers of server-sent events, every second of which reads its headers and nothing more. */
export async function measureReaders(): Promise<Figure[]> {
  await using model = await openModel();
  await using stage = openStage({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.url });
  stage.run("up");
  const daemon = stage.daemon();
  const api = createApi(daemon);
  // Once without readers: what the sessions themselves take is no reader's.
  await api.waitFor((await api.spawn({ sessions: toSessions(sessions) })).batch_id);
  const before = readMemoryMb(daemon.pid).peak;
  const batch = await api.spawn({ sessions: toSessions(sessions) });
  const arrivals = new Arrivals();
  const requests = batch.sessions.flatMap(({ id }) =>
    Array.from({ length: readersEach }, (_, index) =>
      openReader(`${daemon.url}/api/agents/sessions/${id}/events`, daemon.token, {
        isStalled: index % 2 === 1,
        onEvent: (seq) => arrivals.note(`${id} ${seq}`),
      }),
    ),
  );
  await api.waitFor(batch.batch_id);
  await sleep(500);
  const grown = readMemoryMb(daemon.pid).peak - before;
  for (const one of requests) one.destroy();
  const lags = arrivals.lags();
  const name = `${sessions * readersEach} SSE readers, half of them stalled`;
  return [
    {
      name: `${name}: memory`,
      value: grown,
      unit: "MB",
      below: 100,
      note: "peak above the same without readers",
    },
    {
      name: `${name}: behind, p99`,
      value: toPercentile(lags, 0.99),
      unit: "ms",
      below: 100,
      note: `behind the first reader of the same event, ${lags.length} arrivals`,
    },
  ];
}

async function openModel(): Promise<{ url: string } & AsyncDisposable> {
  const text = "x".repeat(deltaLength * deltas);
  const model = await startModelServer({
    keepBodies: false,
    script: () => ({ text, chunks: deltas, chunkDelayMs: deltaMs }),
  });
  return { url: model.anthropicUrl, [Symbol.asyncDispose]: () => model.close() };
}

/** When the same event came to each reader. */
class Arrivals {
  private readonly times = new Map<string, number[]>();

  note(event: string): void {
    const times = this.times.get(event) ?? [];
    this.times.set(event, times);
    times.push(performance.now());
  }

  /** Ms behind the reader that had it first. */
  lags(): number[] {
    return [...this.times.values()].flatMap(([first = 0, ...rest]) => rest.map((time) => time - first));
  }
}

interface Reader {
  isStalled: boolean;
  /** The n-th event of this stream. */
  onEvent: (count: number) => void;
}

function openReader(url: string, token: string, { isStalled, onEvent }: Reader): ClientRequest {
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
  let characters = 0;
  const ask = request(url, { headers, agent: false }, (response) => {
    if (isStalled) return void response.pause();
    response.setEncoding("utf8").on("data", (piece: string) => {
      const before = Math.floor(characters / deltaLength);
      characters += piece.length;
      // Deltas of one stream are joined differently for each reader; how far it got is the same for all.
      for (let at = before + 1; at <= Math.floor(characters / deltaLength); at += 1) onEvent(at);
    });
  });
  ask.on("error", () => undefined);
  ask.end();
  return ask;
}
