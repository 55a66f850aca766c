import { afterEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { JsonRecord, ModelScript, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, env);
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

function toInput(tasks: string[]): JsonRecord {
  return { sessions: tasks.map((task) => ({ task })) };
}

function spawnCalls(...calls: string[][]): Reply {
  return { toolCalls: calls.map((tasks) => ({ name: "sessions_spawn", input: toInput(tasks) })) };
}

test("ten sessions that fail in the same way stop the rest of their batch, which says why; other batches go on", async () => {
  await start(
    (request) =>
      request.firstUserText === "fine"
        ? { text: "done" }
        : { status: 400, error: { message: `no such thing (request req_${crypto.randomUUID()})` } },
    { POOL_MAX_CONCURRENT: "2" },
  );
  const wide = await daemon.spawn(Array.from({ length: 40 }, () => ({ task: "wrong" })));
  const other = await daemon.spawn([{ task: "fine" }]);
  const views = await daemon.untilEnded(wide);
  const failed = views.filter((view) => view.status === "failed");
  const stopped = views.filter((view) => view.reason === "fan-out-stopped");
  expect(failed.length).toBeGreaterThanOrEqual(10);
  expect(failed.length).toBeLessThanOrEqual(12);
  expect(stopped).toHaveLength(40 - failed.length);
  expect(stopped[0]).toMatchObject({ status: "cancelled", error: { code: "fan-out-stopped" } });
  expect(stopped[0]?.error?.detail).toMatch(
    /10 sessions of its batch failed in the same way \(.*no such thing/,
  );
  expect(daemon.model.requests.filter((request) => request.firstUserText === "wrong")).toHaveLength(
    failed.length,
  );
  expect((await daemon.untilEnded(other))[0]?.status).toBe("completed");
});

test("nine failures and different failures stop nothing", async () => {
  await start(({ firstUserText }) =>
    firstUserText.startsWith("wrong") ? { status: 400, error: { message: firstUserText } } : { text: "done" },
  );
  const same = Array.from({ length: 9 }, () => ({ task: "wrong" }));
  const different = Array.from({ length: 12 }, (_, index) => ({
    task: `wrong in way ${"abcdefghijklmn"[index]}`,
  }));
  const views = await daemon.untilEnded(await daemon.spawn([...same, ...different, { task: "fine" }]));
  expect(views.filter((view) => view.status === "failed")).toHaveLength(21);
  expect(views.at(-1)?.status).toBe("completed");
});

test("a model that spawns the same task over and over is told to stop after the third", async () => {
  await start((request) => {
    if (request.firstUserText !== "lead") return { text: "done" };
    const told = request.toolResults[0]?.text ?? "";
    if (told.includes("again and again")) return { text: `told: ${told}` };
    return spawnCalls([request.turn % 2 === 0 ? "Count the files" : "  count the\nFILES "]);
  });
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("3 times is the most below one session");
  const { children } = await daemon.handlers.getSessionTree({ id }, admin);
  expect(children).toHaveLength(3);
});

test("a session that hands its own task down is refused: no chain of the same task grows", async () => {
  await start((request) => {
    if (request.turn > 0) return { text: `told: ${request.toolResults[0]?.text ?? ""}` };
    return spawnCalls([request.firstUserText.toUpperCase()]);
  });
  const [id = ""] = await daemon.spawn([{ task: "Fix everything" }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("was given itself");
  expect((await daemon.handlers.listSessions({ limit: 10 }, admin)).sessions).toHaveLength(1);
});

function toSixteen(call: number): string[] {
  return Array.from({ length: 16 }, (_, index) => `part ${call}.${index}`);
}

test("spawn calls side by side are counted one after the other: a tree never outgrows 64", async () => {
  await start((request) => {
    if (request.firstUserText !== "lead") return { text: "done" };
    if (request.turn > 0) return { text: request.toolResults.map(({ text }) => text).join("\n") };
    return spawnCalls(...[1, 2, 3, 4, 5, 6].map(toSixteen));
  });
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const [view] = await daemon.untilEnded([id], 20_000);
  expect(view?.result?.text).toContain("64 is the most");
  const { children } = await daemon.handlers.getSessionTree({ id }, admin);
  expect(children).toHaveLength(64);
});
