import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { noUsage } from "../../../src/core/usage.ts";
import { hashText } from "../../../src/sandbox/hash-file.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, env);
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

test("queued and running sessions go on after a crash; a finished turn is not paid again", async () => {
  await start(
    (request) =>
      request.turn === 0
        ? { thinking: "hm", toolCalls: [{ name: "list_dir", input: { path: "." } }] }
        : { text: "done", delayMs: 1_500 },
    { POOL_MAX_CONCURRENT: "2" },
  );
  const ids = await daemon.spawn(Array.from({ length: 5 }, (_, index) => ({ task: `task ${index}` })));
  await daemon.until(ids[0] ?? "", (view) => view.turns === 1);
  await expect.poll(() => daemon.model.inFlight).toBe(2);
  await daemon.crash();
  const views = await daemon.untilEnded(ids);
  expect(views.map((view) => view.status)).toEqual(Array(5).fill("completed"));
  const firstTurns = daemon.model.requests.filter((request) => request.turn === 0);
  expect(firstTurns).toHaveLength(5);
});

test("a call that was in flight at the crash is asked again and booked as possibly billed", async () => {
  await start(() => ({ text: "done", delayMs: 1_500 }));
  const [id = ""] = await daemon.spawn([{}]);
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  await daemon.crash();
  const [view] = await daemon.untilEnded([id]);
  expect(view?.status).toBe("completed");
  expect(daemon.model.requests).toHaveLength(2);
  const cost = await daemon.handlers.getCost({ group_by: "session", limit: 1_000 }, admin);
  expect(cost.possibly_billed_calls).toBe(1);
  expect(cost.usage).toEqual(view?.usage);
});

test("a kill between a thinking tool call and its result goes on with the history the provider wants", async () => {
  await start((request) =>
    request.turn === 0
      ? {
          thinking: "I must wait",
          toolCalls: [{ name: "bash", input: { command: "sleep 5; echo never" } }],
        }
      : { text: `told: ${request.toolResults[0]?.text ?? ""}` },
  );
  const [id = ""] = await daemon.spawn([{ permission_mode: "full" }]);
  await daemon.until(id, (view) => view.activity?.includes("sleep 5") === true);
  await daemon.crash();
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("may have happened");
  expect(daemon.model.requests).toHaveLength(2);
});

/** A session whose journal ends in the intent of an edit, as a kill in the middle of it leaves it. */
async function cutOffInEdit(file: { before: string; after: string; found: string }): Promise<string> {
  await start(
    (request) =>
      request.firstUserText === "blocker"
        ? { hang: true }
        : { text: `told: ${request.toolResults[0]?.text ?? ""}` },
    { POOL_MAX_CONCURRENT: "1" },
  );
  const [blocker = "", id = ""] = await daemon.spawn([{ task: "blocker" }, { task: "edit" }]);
  const input = { path: "a.txt", old_text: file.before, new_text: file.after };
  const call = { type: "tool-call" as const, toolCallId: "call-1", toolName: "edit_file", input };
  const prepared = { before: hashText(file.before), after: hashText(file.after) };
  const turn = { turn: 1, reservedMicroUsd: 0 };
  const cost = { usage: noUsage, costMicroUsd: 0, price: null, durationMs: 1 };
  await daemon.store.write({
    sessionId: id,
    at: Date.now(),
    events: [
      { type: "turn-start", ...turn },
      { type: "turn-end", turn: 1, content: [call], finish: "tool-calls", ...cost },
      { type: "tool-intent", toolCallId: "call-1", tool: "edit_file", prepared },
    ],
    patch: { status: "running", turns: 1 },
    calls: [],
    messages: [],
    ackMessageIds: [],
    onlyWithoutMail: false,
  });
  writeFileSync(join(daemon.workspace, "a.txt"), file.found);
  await daemon.crash({ POOL_MAX_CONCURRENT: "2" });
  const [view] = await daemon.untilEnded([id]);
  await daemon.handlers.cancelSession({ id: blocker }, admin);
  return view?.result?.text ?? "";
}

test("an edit that had happened before a kill is known by its hash and not done again", async () => {
  const told = await cutOffInEdit({ before: "one", after: "one one", found: "one one" });
  expect(told).toContain("done before a restart");
  expect(readFileSync(join(daemon.workspace, "a.txt"), "utf8")).toBe("one one");
});

test("an edit that had not happened before a kill is made now", async () => {
  const told = await cutOffInEdit({ before: "one", after: "one one", found: "one" });
  expect(told).toContain("Edited a.txt");
  expect(readFileSync(join(daemon.workspace, "a.txt"), "utf8")).toBe("one one");
});

test("an edit of a file that is now neither is left alone, and the model is told", async () => {
  const told = await cutOffInEdit({ before: "one", after: "one one", found: "something else" });
  expect(told).toContain("may have happened");
  expect(readFileSync(join(daemon.workspace, "a.txt"), "utf8")).toBe("something else");
});

test("a parent that waits for its children finds their results after a crash", async () => {
  await start((request) => {
    if (request.firstUserText !== "lead") return { text: "child result", delayMs: 300 };
    return request.turn === 0
      ? { toolCalls: [{ name: "sessions_spawn", input: { sessions: [{ task: "child" }] } }] }
      : { text: `told: ${request.toolResults[0]?.text ?? ""}` };
  });
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  await daemon.until(id, (view) => view.status === "waiting");
  await daemon.crash();
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("child result");
  const all = await daemon.handlers.listSessions({ limit: 10 }, admin);
  expect(all.sessions).toHaveLength(2);
});

test("a parked session keeps its cool-down over a crash", async () => {
  let calls = 0;
  await start(() => {
    calls += 1;
    return calls === 1 ? { status: 529, headers: { "retry-after": "1" } } : { text: "done" };
  });
  const [id = ""] = await daemon.spawn([{}]);
  await daemon.until(id, (view) => view.status === "waiting");
  await daemon.crash();
  const [view] = await daemon.untilEnded([id]);
  expect(view?.status).toBe("completed");
  expect(calls).toBe(2);
});

test("a cool-down made just before the clock was set back, written just after, does not last for hours", async () => {
  await start(({ firstUserText }) => (firstUserText === "blocker" ? { hang: true } : { text: "done" }), {
    POOL_MAX_CONCURRENT: "1",
  });
  const [, id = ""] = await daemon.spawn([{ task: "blocker" }, { task: "cool" }]);
  const madeAtMs = Date.now() + 5 * 3_600_000;
  const wait = { on: "cool-down" as const, untilMs: madeAtMs + 1_000, madeAtMs, detail: "429" };
  await daemon.store.write({
    sessionId: id,
    at: Date.now(),
    events: [{ type: "wait-start", wait }],
    patch: { status: "waiting", wait },
    calls: [],
    messages: [],
    ackMessageIds: [],
    onlyWithoutMail: false,
  });
  await daemon.crash({ POOL_MAX_CONCURRENT: "2" });
  const [view] = await daemon.untilEnded([id]);
  expect(view?.status).toBe("completed");
});

test("without its key after a crash a session waits for one, and goes on when a client brings it", async () => {
  await start(() => ({ text: "done", delayMs: 1_500 }));
  const [id = ""] = await daemon.spawn([{}]);
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  await daemon.crash({ ANTHROPIC_API_KEY: "" });
  const parked = await daemon.until(id, (view) => view.status === "waiting");
  expect(parked.reason).toBe("credential");
  await daemon.handlers.greetDaemon({ version: "0.0.0", env: { ANTHROPIC_API_KEY: "new-key" } }, admin);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.status).toBe("completed");
});

test("a clock that ran before a crash is not given again", async () => {
  await start(() => ({ text: "done", delayMs: 5_000 }));
  const [id = ""] = await daemon.spawn([{ timeout: 1_500 }]);
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  const startedAt = Date.now();
  await daemon.crash();
  const [view] = await daemon.untilEnded([id]);
  expect(view?.status).toBe("timed_out");
  expect(Date.now() - startedAt).toBeLessThan(2_500);
});

test("an older daemon that still lives can write nothing", async () => {
  await start(() => ({ text: "done", delayMs: 1_500 }));
  const [id = ""] = await daemon.spawn([{}]);
  await expect.poll(() => daemon.model.inFlight).toBe(1);
  const old = daemon.store;
  await daemon.crash();
  await expect(
    old.postMessage({
      id: "x",
      kind: "whisper",
      from: id,
      to: id,
      content: "",
      createdAt: 0,
      ackedAt: null,
      delivery: "steer",
    }),
  ).rejects.toThrow(/epoch|later daemon/i);
  await daemon.untilEnded([id]);
  expect(existsSync(join(daemon.home, "profclaw.db"))).toBe(true);
});
