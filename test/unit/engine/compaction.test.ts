import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readJournalToFold } from "../../../src/engine/read-journal.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, { PROFCLAW_CONTEXT_TOKENS: "12000", ...env });
  writeFileSync(join(daemon.workspace, "notes.txt"), "n".repeat(6_000));
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

function isSummary({ system }: ParsedRequest): boolean {
  return system.startsWith("You write the account");
}

let reads = 0;

/** Reads the same long file so often, then answers. By its own count: after a compaction its turns are fewer. */
function readOften(times: number, summary: Reply = { text: "I read notes.txt" }): ModelScript {
  reads = 0;
  return (request) => {
    if (isSummary(request)) return summary;
    if (request.toolResults.length === 0 && reads >= times) return { text: "done" };
    reads += 1;
    if (reads > times) return { text: "done" };
    return { thinking: `step ${reads}`, toolCalls: [{ name: "read_file", input: { path: "notes.txt" } }] };
  };
}

async function readEvents(id: string, type: string): Promise<Record<string, unknown>[]> {
  const { events } = await daemon.handlers.getSessionEvents({ id, after: 0, limit: 1_000 }, admin);
  return events.flatMap((event) => (event.type === type ? [event.data as Record<string, unknown>] : []));
}

test("a long history is summed up by a call that is paid, and the session completes within its window", async () => {
  await start(
    readOften(40, { text: "I read notes.txt many times", usage: { inputTokens: 500, outputTokens: 9 } }),
  );
  const [id = ""] = await daemon.spawn([{ task: "read a lot", max_output_tokens: 500 }]);
  const [view] = await daemon.untilEnded([id], 30_000);
  expect(view).toMatchObject({ status: "completed", turns: 41, result: { text: "done" } });
  const compactions = await readEvents(id, "context-compact");
  expect(compactions.length).toBeGreaterThan(1);
  for (const { tokensBefore, tokensAfter } of compactions)
    expect(Number(tokensAfter)).toBeLessThan(Number(tokensBefore) * 0.7);
  const summed = daemon.model.requests.filter(isSummary);
  expect(summed.length).toBeGreaterThan(0);
  const rows = (await daemon.handlers.getCost({ group_by: "session", limit: 1_000 }, admin)).rows;
  expect(rows[0]?.calls).toBe(daemon.model.requests.length);
  expect(view?.usage.output_tokens).toBe(daemon.model.tokensGiven()["claude-sonnet-4-6"]?.outputTokens);
  const asked = daemon.model.requests.filter((request) => !isSummary(request));
  const longest = Math.max(...asked.map(({ body }) => JSON.stringify(body).length / 4));
  expect(longest).toBeLessThan(12_000);
  const last = JSON.stringify(asked.at(-1)?.messages);
  expect(last).toContain("read a lot");
  expect(last).toContain("I read notes.txt many times");
});

test("a provider that refuses the length gets a shorter history, and the session goes on", async () => {
  let refused = 0;
  const script = readOften(6);
  await start(
    (request) => {
      if (isSummary(request) || request.turn < 5 || refused > 0) return script(request);
      refused += 1;
      return { status: 400, error: { type: "invalid_request_error", message: "prompt is too long" } };
    },
    { PROFCLAW_CONTEXT_TOKENS: "" },
  );
  const [id = ""] = await daemon.spawn([{}]);
  const [view] = await daemon.untilEnded([id]);
  expect(view).toMatchObject({ status: "completed", result: { text: "done" } });
  expect(refused).toBe(1);
  expect(await readEvents(id, "context-compact")).toHaveLength(1);
});

test("where a shorter history is refused as well, the session fails with that reason", async () => {
  const script = readOften(99);
  let isFull = false;
  await start(
    (request) => {
      isFull ||= request.turn >= 3;
      if (isSummary(request) || !isFull) return script(request);
      return { status: 400, error: { type: "invalid_request_error", message: "prompt is too long" } };
    },
    { PROFCLAW_CONTEXT_TOKENS: "" },
  );
  const [id = ""] = await daemon.spawn([{}]);
  const [view] = await daemon.untilEnded([id]);
  expect(view).toMatchObject({ status: "failed", reason: "length", error: { code: "context-length" } });
  // Three turns, a refusal, the summary, another refusal.
  expect(daemon.model.requests).toHaveLength(6);
});

test("a task that alone is too long fails at once", async () => {
  await start(() => ({
    status: 400,
    error: { type: "invalid_request_error", message: "prompt is too long" },
  }));
  const [id = ""] = await daemon.spawn([{}]);
  const [view] = await daemon.untilEnded([id]);
  expect(view).toMatchObject({ status: "failed", reason: "length" });
  expect(daemon.model.requests).toHaveLength(1);
});

test("a crash while the history is summed up asks once more and pays no turn again", async () => {
  const script = readOften(14, { text: "summed up", delayMs: 700 });
  await start(script);
  const [id = ""] = await daemon.spawn([{ max_output_tokens: 500 }]);
  await expect.poll(() => daemon.model.requests.filter(isSummary).length, { timeout: 8_000 }).toBe(1);
  await daemon.crash();
  const [view] = await daemon.untilEnded([id], 20_000);
  expect(view).toMatchObject({ status: "completed", turns: 15 });
  const asked = daemon.model.requests.filter((request) => !isSummary(request));
  expect(asked).toHaveLength(15);
  const cost = await daemon.handlers.getCost({ group_by: "session", limit: 1_000 }, admin);
  expect(cost.possibly_billed_calls).toBe(1);
});

test("after a restart only what follows the last snapshot is read", async () => {
  await start(readOften(40));
  const [id = ""] = await daemon.spawn([{ max_output_tokens: 500 }]);
  await daemon.untilEnded([id], 30_000);
  const record = await daemon.store.getSession(id);
  const read = await readJournalToFold(daemon.store, record ?? { id, snapshotSeq: 0 });
  expect(read[0]?.event.type).toBe("context-compact");
  expect(read.length).toBeLessThan((record?.lastSeq ?? 0) / 2);
  await daemon.crash();
  await daemon.handlers.resumeSession({ id, message: "and now?" }, admin);
  const [view] = await daemon.untilEnded([id]);
  expect(view).toMatchObject({ status: "completed", turns: 42, result: { text: "done" } });
});

test("a summary that the budget does not allow ends the session by its budget", async () => {
  await start(readOften(40));
  const [id = ""] = await daemon.spawn([{ max_output_tokens: 500, budget_tokens: 60_000 }]);
  const [view] = await daemon.untilEnded([id], 30_000);
  expect(view).toMatchObject({ status: "failed", reason: "budget" });
  expect((view?.usage.input_tokens ?? 0) + (view?.usage.output_tokens ?? 0)).toBeLessThanOrEqual(60_000);
});
