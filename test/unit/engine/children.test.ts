import { afterEach, expect, test } from "vitest";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";
import type { JsonRecord, ModelScript, ParsedRequest, Reply } from "../../support/model-server/reply.ts";

let daemon: InProcessDaemon;

async function start(script: ModelScript, env: Record<string, string> = {}): Promise<void> {
  daemon = await startInProcessDaemon(script, env);
}

afterEach(async () => {
  const { violations } = daemon.model;
  await daemon.close();
  expect(violations).toEqual([]);
});

function spawnCall(tasks: string[], more: JsonRecord = {}): Reply {
  const sessions = tasks.map((task) => ({ task }));
  return { toolCalls: [{ name: "sessions_spawn", input: { sessions, ...more } }] };
}

/** A parent that spawns once and then says what it was told. */
function parentOf(request: ParsedRequest, reply: Reply): Reply {
  return request.turn === 0
    ? reply
    : { text: `I was told: ${request.toolResults[0]?.text ?? request.lastUserText}` };
}

test("S3: a session's model spawns children that run for real, and gets their results at once", async () => {
  await start((request) =>
    request.firstUserText === "lead"
      ? parentOf(request, spawnCall(["part one", "part two"]))
      : { text: `result of ${request.firstUserText}`, delayMs: 100 },
  );
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const waiting = await daemon.until(id, (view) => view.status === "waiting");
  expect(waiting.reason).toBe("child");
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("result of part one");
  expect(view?.result?.text).toContain("result of part two");
  const tree = await daemon.handlers.getSessionTree({ id }, admin);
  expect(tree.children.map((child) => [child.session.task, child.session.depth])).toEqual([
    ["part one", 1],
    ["part two", 1],
  ]);
});

test("a waiting parent holds no slot: a pool of one is enough for a tree", async () => {
  await start(
    (request) => {
      if (request.firstUserText === "lead") return parentOf(request, spawnCall(["middle"]));
      return { text: `result of ${request.firstUserText}` };
    },
    { POOL_MAX_CONCURRENT: "1" },
  );
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("result of middle");
});

test("without waiting, each child's result comes as mail, and the parent does not end before", async () => {
  await start((request) => {
    if (request.firstUserText !== "lead") return { text: `result of ${request.firstUserText}`, delayMs: 200 };
    if (request.turn === 0) return spawnCall(["part"], { wait: false });
    return { text: request.lastUserText.includes("result of part") ? "got the mail" : "nothing yet" };
  });
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toBe("got the mail");
  const mail = await daemon.store.listMessages({ to: id, unackedOnly: true, limit: 10 });
  expect(mail).toEqual([]);
});

test("a child that fails is named to its parent with its reason", async () => {
  await start((request) =>
    request.firstUserText === "lead"
      ? parentOf(request, spawnCall(["good", "bad"]))
      : request.firstUserText === "bad"
        ? { status: 400 }
        : { text: "fine" },
  );
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("1 completed, 1 did not");
  expect(view?.result?.text).toContain("failed, provider-error");
});

test("a parent that is cancelled takes its children along", async () => {
  await start((request) => (request.firstUserText === "lead" ? spawnCall(["a", "b"]) : { hang: true }));
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  await daemon.until(id, (view) => view.status === "waiting");
  await expect.poll(() => daemon.model.inFlight).toBe(2);
  await daemon.handlers.cancelSession({ id }, admin);
  const { children } = await daemon.handlers.getSessionTree({ id }, admin);
  expect(children.map((child) => [child.session.status, child.session.reason])).toEqual([
    ["cancelled", "parent-ended"],
    ["cancelled", "parent-ended"],
  ]);
  await expect.poll(() => daemon.model.inFlight).toBe(0);
});

test("sessions nest three deep at most, and the model is told why", async () => {
  await start((request) =>
    request.turn === 0 && request.toolNames.includes("sessions_spawn")
      ? {
          toolCalls: [
            {
              name: "sessions_spawn",
              input: { sessions: [{ task: `below ${request.firstUserText}`, tools: ["sessions_spawn"] }] },
            },
          ],
        }
      : { text: `told: ${request.toolResults[0]?.text ?? "nothing"}` },
  );
  const [id = ""] = await daemon.spawn([{ task: "top", tools: ["sessions_spawn"] }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("3 deep at most");
  const all = await daemon.handlers.listSessions({ limit: 100 }, admin);
  expect(Math.max(...all.sessions.map((session) => session.depth))).toBe(3);
});

test("one call may spawn sixteen sessions, not seventeen", async () => {
  await start((request) =>
    parentOf(request, spawnCall(Array.from({ length: 17 }, (_, index) => `task ${index}`))),
  );
  const [id = ""] = await daemon.spawn([{ task: "lead" }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toMatch(/16/);
  const all = await daemon.handlers.listSessions({ limit: 100 }, admin);
  expect(all.sessions).toHaveLength(1);
});

test("a child never has more tools or rights than its parent", async () => {
  await start((request) =>
    request.firstUserText === "lead"
      ? parentOf(request, {
          toolCalls: [{ name: "sessions_spawn", input: { sessions: [{ task: "x", tools: ["bash"] }] } }],
        })
      : { text: "child ran" },
  );
  const [id = ""] = await daemon.spawn([{ task: "lead", tools: ["sessions_spawn", "read_file"] }]);
  const [view] = await daemon.untilEnded([id]);
  expect(view?.result?.text).toContain("no more tools than its parent");
});

test("siblings can send each other mail, strangers cannot", async () => {
  const ids: string[] = [];
  await start((request) => {
    const to = request.firstUserText === "writer" ? ids[1] : ids[2];
    if (request.firstUserText === "reader") {
      return request.lastUserText.includes("hello there")
        ? { text: `read: ${request.lastUserText}` }
        : { toolCalls: [{ name: "list_dir", input: { path: "." } }], delayMs: 50 };
    }
    if (request.turn === 0 && to !== undefined) {
      return { toolCalls: [{ name: "whisper", input: { to, content: "hello there" } }], delayMs: 100 };
    }
    return { text: request.toolResults[0]?.text ?? "" };
  });
  const stranger = await daemon.spawn([{ task: "alone" }]);
  await daemon.untilEnded(stranger);
  const spawned = await daemon.spawn([{ task: "writer" }, { task: "reader" }]);
  ids.push(...spawned, ...stranger);
  const [writer, reader] = await daemon.untilEnded(spawned);
  expect(writer?.status).toBe("completed");
  expect(reader?.result?.text).toContain(`<message kind="whisper" from="${spawned[0]}">`);
});
