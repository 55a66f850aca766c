import { expect, test } from "vitest";
import { waitForResults } from "../../../src/cli/spawn/wait-for-results.ts";
import { createClient } from "../../../src/client/create-client.ts";
import type { AcceptedBatchView } from "../../../src/contract/session-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { answerJson, createLoopbackServer, type Answer } from "../client/loopback-server.ts";
import { createCapturedContext } from "./captured-context.ts";
import { sampleId, sampleSession } from "./sample-session.ts";

const first = sampleSession({ status: "queued", task: "First" });
const second = sampleSession({ id: sampleId("5e6f7a8b"), status: "queued", task: "Second" });
const accepted: AcceptedBatchView = {
  batch_id: first.batch_id,
  sessions: [first, second],
  warnings: [],
  concurrency: 10,
  budget: null,
  links: {},
};
const batch = {
  id: first.batch_id,
  status: "failed",
  counts: {},
  usage: first.usage,
  cost_usd: "0.0246",
  budget: null,
  synthesis: null,
  created_at: "2026-07-01T10:00:00.000Z",
  ended_at: "2026-07-01T10:00:04.200Z",
  links: {},
};
const text = (words: string) => ({ text: words, truncated: false, artifacts: [] });
const unlimited = {
  usd: null,
  tokens: null,
  spent_usd: "0.00",
  spent_tokens: 0,
  left_usd: null,
  left_tokens: null,
};
const ended: SessionView[] = [
  { ...first, status: "completed", result: text("All is \u001b[31mwell\u001b[0m.") },
  { ...second, status: "failed", error: { code: "provider-error", detail: "401 from the provider" } },
];

/** Answers as a daemon whose two sessions live for some reads of the list, and then have ended. */
function answerFor(liveReads: number): Answer {
  let reads = 0;
  return ({ url }, response) => {
    if (url.includes("/wait")) return undefined;
    if (url.startsWith("/api/batches")) return answerJson(response, 200, batch);
    if (url === "/api/cost/limits") return answerJson(response, 200, { day: unlimited, month: unlimited });
    const one = ended.find(({ id }) => url === `/api/agents/sessions/${id}`);
    if (one !== undefined) return answerJson(response, 200, one);
    reads += 1;
    const sessions =
      reads <= liveReads ? [second, first].map((session) => ({ ...session, status: "running" })) : [];
    return answerJson(response, 200, { sessions, next_cursor: null });
  };
}

async function wait(liveReads: number, options: { asJson?: boolean; interruptAfterMs?: number } = {}) {
  await using server = createLoopbackServer();
  await server.start(answerFor(liveReads));
  const { context, out, talk, interrupt } = createCapturedContext();
  const client = createClient({ socketPath: server.socketPath });
  if (options.interruptAfterMs !== undefined) setTimeout(interrupt, options.interruptAfterMs);
  const code = await waitForResults({ client, accepted, context, asJson: options.asJson === true });
  client.close();
  return { code, out: out(), talk: talk() };
}

test("results come in the order of the tasks, neutral, with the failure's reason", async () => {
  const { code, out } = await wait(1);
  expect(code).toBe(1);
  expect(out).toBe(
    [
      "== 1a2b3c4d  completed  First",
      "All is well.",
      "",
      "== 5e6f7a8b  failed  Second",
      "provider-error: 401 from the provider",
      "",
    ].join("\n"),
  );
});

test("off a terminal every change is a line, and the end says what to type", async () => {
  const { talk } = await wait(2);
  expect(talk.split("\n")).toEqual([
    "1a2b3c4d queued: First",
    "5e6f7a8b queued: Second",
    "1a2b3c4d running: First",
    "5e6f7a8b running: Second",
    "1a2b3c4d completed: First",
    "5e6f7a8b failed: 401 from the provider (Second)",
    "2 sessions: 1 completed, 1 failed · $0.0246 · 4.2s",
    "  5e6f7a8b failed (provider-error): profclaw agent logs 5e6f7a8b",
    "",
  ]);
});

test("as JSON it is the batch with its sessions and synthesis", async () => {
  const { out } = await wait(0, { asJson: true });
  expect(JSON.parse(out)).toEqual({ ...batch, sessions: ended });
});

test("Ctrl-C detaches: the sessions go on, and it says how to find and stop them", async () => {
  const { code, out, talk } = await wait(1_000, { interruptAfterMs: 100 });
  expect(code).toBe(130);
  expect(out).toBe("");
  expect(talk).toContain("Detached: 2 sessions go on");
  expect(talk).toContain("profclaw agent wait 9f8e7d6c");
  expect(talk).toContain("profclaw agent stop 9f8e7d6c");
});

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

test("once the batch has ended, no pause keeps the program from leaving", async () => {
  const answer = answerFor(1);
  const before = countTimers();
  await using server = createLoopbackServer();
  await server.start((request, response) => {
    // The daemon says that it is over: the pause of the watch had more than 200 ms to go.
    if (request.url.includes("/wait")) return answerJson(response, 200, { done: true, batch });
    return answer(request, response);
  });
  const { context } = createCapturedContext();
  const client = createClient({ socketPath: server.socketPath });
  await waitForResults({ client, accepted, context, asJson: true });
  const leftBehind = countTimers() - before;
  client.close();
  expect(leftBehind).toBeLessThanOrEqual(0);
});
