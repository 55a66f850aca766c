import { afterEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { ModelScript, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<InProcessDaemon> {
  daemon = await startInProcessDaemon(script, env);
  return daemon;
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

/** Refuses everything for so long from the first call on, then answers. */
function createWall(wallMs: number, refusal: () => Reply): ModelScript {
  let startedAt: number | null = null;
  return () => {
    startedAt ??= Date.now();
    return Date.now() < startedAt + wallMs ? refusal() : { text: "through", delayMs: 50 };
  };
}

test.each(["10", "50"])(
  "40 sessions pass a 4 s wall of 429 with Retry-After 1 to 2 s: all completed, pool of %s",
  async (size) => {
    let refusals = 0;
    const refusal = (): Reply => {
      refusals += 1;
      return { status: 429, headers: { "retry-after": refusals % 2 === 0 ? "1" : "2" } };
    };
    await start(createWall(4_000, refusal), { POOL_MAX_CONCURRENT: size });
    const startedAt = Date.now();
    const ids = await daemon.spawn(Array.from({ length: 40 }, () => ({})));
    const views = await daemon.untilEnded(ids, 30_000);
    console.log(
      `40 sessions, pool ${size}: ${Date.now() - startedAt} ms, ${daemon.model.requests.length} requests`,
    );
    expect(new Set(views.map((view) => view.status))).toEqual(new Set(["completed"]));
    expect(Date.now() - startedAt).toBeLessThan(30_000);
    expect(daemon.model.requests.length).toBeLessThan(100);
  },
  40_000,
);

test("a Retry-After holds every session of the key and model, not only the one that was told", async () => {
  await start(createWall(100, () => ({ status: 429, headers: { "retry-after": "1" } })));
  const [first = ""] = await daemon.spawn([{}]);
  await daemon.until(first, (view) => view.status === "waiting");
  const others = await daemon.spawn([{}, {}, {}]);
  for (const id of others) {
    const parked = await daemon.until(id, (view) => view.status === "waiting");
    expect(parked.reason).toBe("cool-down");
  }
  expect(daemon.parts.engine.poolState()).toMatchObject({ running: 0, waiting: 4 });
  expect(daemon.model.requests).toHaveLength(1);
  await daemon.untilEnded([first, ...others]);
  const [refused, ...rest] = daemon.model.requests.map(({ startedAt }) => startedAt);
  expect(Math.min(...rest) - (refused ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test("while the provider is down one call at a time tries, and what waits fails with its code once patience is over", async () => {
  await start(() => ({ status: 500 }), { PROFCLAW_RETRY_DEADLINE_MS: "4000" });
  const ids = await daemon.spawn(Array.from({ length: 30 }, () => ({})));
  const views = await daemon.untilEnded(ids);
  const ends = views.map((view) => `${view.status} ${view.reason} ${view.error?.code}`);
  expect(new Set(ends)).toEqual(new Set(["failed provider-error server-error"]));
  // Without a breaker each of the thirty would have asked four times or so.
  expect(daemon.model.requests.length).toBeLessThan(45);
});

test("a single 500 delays one session and no other", async () => {
  let failed = false;
  await start((request) => {
    if (request.firstUserText !== "unlucky" || failed) return { text: "fine" };
    failed = true;
    return { status: 500 };
  });
  const ids = await daemon.spawn([{ task: "unlucky" }, {}, {}]);
  const views = await daemon.untilEnded(ids);
  expect(views.map((view) => view.status)).toEqual(["completed", "completed", "completed"]);
  const journal = await daemon.store.readJournal({ sessionId: ids[1] ?? "", afterSeq: 0, limit: 100 });
  expect(journal.map(({ event }) => event.type)).not.toContain("wait-start");
});

test("a quota that comes back in seven hours ends the session at once, one in a second does not", async () => {
  let calls = 0;
  await start(({ firstUserText }) => {
    calls += 1;
    if (firstUserText === "soon" && calls > 1) return { text: "paid" };
    const seconds = firstUserText === "soon" ? "1" : "25200";
    return {
      status: 429,
      headers: { "retry-after": seconds },
      error: { type: "insufficient_quota", message: "quota" },
    };
  });
  const [soon = ""] = await daemon.spawn([{ task: "soon" }]);
  const [completed] = await daemon.untilEnded([soon]);
  expect(completed?.status).toBe("completed");
  const [late = ""] = await daemon.spawn([{ task: "late" }]);
  const [view] = await daemon.untilEnded([late]);
  expect(view).toMatchObject({ status: "failed", reason: "provider-error", error: { code: "quota" } });
  const [next = ""] = await daemon.spawn([{ task: "next" }]);
  const [stopped] = await daemon.untilEnded([next]);
  expect(stopped).toMatchObject({ status: "failed", error: { code: "quota" } });
  expect(daemon.model.requests).toHaveLength(3);
});

test("a limit of requests a minute is kept, and what waits for it says so", async () => {
  await start(() => ({ text: "fine" }), { PROFCLAW_ANTHROPIC_RPM: "20" });
  const ids = await daemon.spawn(Array.from({ length: 4 }, () => ({})));
  await expect.poll(() => daemon.model.requests.length).toBe(2);
  await expect.poll(() => daemon.parts.engine.poolState().waiting).toBe(2);
  const record = (await Promise.all(ids.map((id) => daemon.store.getSession(id)))).find(
    (session) => session?.wait,
  );
  expect(record?.wait).toMatchObject({
    on: "cool-down",
    detail: expect.stringMatching(/^in line: 20 requests a minute of anthropic/),
  });
  await daemon.untilEnded(ids, 15_000);
  expect(daemon.model.requests).toHaveLength(4);
});

test("a limit that is no whole number is refused at the start", async () => {
  await start(() => ({ text: "fine" }));
  await expect(daemon.crash({ PROFCLAW_ANTHROPIC_TPM: "many" })).rejects.toThrow(
    /PROFCLAW_ANTHROPIC_TPM is "many"/,
  );
});

test("a cancelled call leaves its place to others", async () => {
  await start(({ firstUserText }) => (firstUserText === "hang" ? { hang: true } : { text: "fine" }), {
    POOL_MAX_CONCURRENT: "2",
  });
  for (let round = 0; round < 3; round += 1) {
    const hanging = await daemon.spawn([{ task: "hang" }, { task: "hang" }]);
    await expect.poll(() => daemon.model.inFlight).toBe(2);
    for (const id of hanging) await daemon.handlers.cancelSession({ id }, admin);
    await daemon.untilEnded(hanging);
  }
  const [view] = await daemon.untilEnded(await daemon.spawn([{}]));
  expect(view?.status).toBe("completed");
});
