import { readFileSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const deltas = 400;
const deltaLength = 20_000;
const readers = 40;
let stage: Stage;

beforeAll(async () => {
  stage = await createStage({
    script: () => ({ text: "x".repeat(deltas * deltaLength), chunks: deltas, chunkDelayMs: 10 }),
  });
  await stage.run(["up"]);
});
afterAll(() => stage.close());

/** Counts what comes; a stalled one takes the headers and nothing more. */
function openReader(
  id: string,
  isStalled: boolean,
): { seen: { bytes: number; isEnded: boolean }; ask: ClientRequest } {
  const seen = { bytes: 0, isEnded: false };
  const url = `${stage.url()}/api/agents/sessions/${id}/events`;
  const ask = request(url, { headers: { accept: "text/event-stream" }, agent: false }, (response) => {
    if (isStalled) return void response.pause();
    response.on("data", (piece: Buffer) => {
      seen.bytes += piece.length;
      seen.isEnded ||= piece.includes("event: session-end");
    });
  });
  ask.on("error", () => undefined).end();
  return { seen, ask };
}

function readPeakMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

async function spawnTalk(): Promise<string> {
  const { sessions } = await stage.spawn({ sessions: [{ task: "talk", tools: [] }] });
  return sessions[0]?.id ?? "";
}

test("readers that stall hold up neither the session nor the others, and the daemon keeps little for them", async () => {
  const { pid } = stage.discovery();
  const quietAt = performance.now();
  await stage.untilEnded([await spawnTalk()], 60_000);
  const quietMs = performance.now() - quietAt;
  const peakBefore = readPeakMb(pid);

  const startedAt = performance.now();
  const id = await spawnTalk();
  const opened = Array.from({ length: readers }, (_, index) => openReader(id, index % 2 === 1));
  await stage.untilEnded([id], 60_000);
  const tookMs = performance.now() - startedAt;
  const live = opened.filter((_, index) => index % 2 === 0).map(({ seen }) => seen);
  await until(
    () => live.filter(({ isEnded }) => isEnded).length,
    (count) => count === live.length,
  );
  for (const { ask } of opened) ask.destroy();
  const grownMb = readPeakMb(pid) - peakBefore;

  const text = deltas * deltaLength;
  console.log(
    `${readers} readers of ${text / 1e6} MB: ${tookMs.toFixed(0)} ms (alone ${quietMs.toFixed(0)} ms), memory + ${grownMb.toFixed(0)} MB`,
  );
  // A reader that lags on a busy machine loses some live text.
  for (const { bytes } of live) expect(bytes).toBeGreaterThan(text / 4);
  // Twenty stalled readers that were kept all would be 160 MB and more; 60 to 86 were seen, the garbage of a busy machine.
  expect(grownMb).toBeLessThan(120);
  expect(tookMs).toBeLessThan(3 * quietMs + 3_000);
}, 180_000);
