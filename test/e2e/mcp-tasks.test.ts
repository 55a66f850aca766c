import { afterAll, beforeAll, expect, test } from "vitest";
import { createDeferred, type Deferred } from "../../src/core/deferred.ts";
import { killHard } from "../support/e2e/processes.ts";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { type MessageAnswer, postMessage } from "../support/mcp/post-message.ts";

let stage: Stage;
const gates = new Map<string, Deferred<void>>();
const extensions = { "io.modelcontextprotocol/tasks": {} };

beforeAll(async () => {
  stage = await createStage({
    async script({ firstUserText }) {
      await gates.get(firstUserText)?.promise;
      return { text: `done: ${firstUserText}` };
    },
  });
  await stage.run(["up"]);
});
afterAll(async () => {
  for (const gate of gates.values()) gate.resolve();
  await stage.close();
});

/** A session that ends when it is let. */
async function spawnGated(task: string): Promise<string> {
  gates.set(task, createDeferred<void>());
  const { sessions } = await stage.spawn({ sessions: [{ task }] });
  return sessions[0]?.id ?? "";
}

function wait(
  args: Record<string, unknown>,
  declared: object | undefined = extensions,
): Promise<MessageAnswer> {
  const params = { name: "wait", arguments: args };
  return postMessage(stage, { method: "tools/call", params, ...(declared && { extensions: declared }) });
}

const ask = (method: string, taskId: string, declared: object | null = extensions): Promise<MessageAnswer> =>
  postMessage(stage, { method, params: { taskId }, ...(declared && { extensions: declared }) });

async function untilTask(taskId: string, status: string): Promise<MessageAnswer> {
  for (;;) {
    const answer = await ask("tasks/get", taskId);
    if (answer.result?.["status"] === status || answer.error !== undefined) return answer;
  }
}

test("a wait of a client that takes tasks is answered at once with one, and the result is fetched later", async () => {
  const [one, two] = [await spawnGated("one"), await spawnGated("two")];
  const begun = performance.now();
  const { result } = await wait({ tasks: [one, two] });
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(result).toMatchObject({ resultType: "task", status: "working", pollIntervalMs: expect.any(Number) });
  const taskId = String(result?.["taskId"]);
  expect((await ask("tasks/get", taskId)).result).toMatchObject({
    resultType: "complete",
    taskId,
    status: "working",
    createdAt: result?.["createdAt"],
    statusMessage: "0 of 2 have ended.",
  });
  gates.get("one")?.resolve();
  await stage.untilEnded([one]);
  expect((await ask("tasks/get", taskId)).result?.["statusMessage"]).toBe("1 of 2 have ended.");
  gates.get("two")?.resolve();
  const done = await untilTask(taskId, "completed");
  const structured = { status: "done", tasks: [{ task_id: one, result: "done: one" }, { task_id: two }] };
  expect(done.result?.["result"]).toMatchObject({ structuredContent: structured });
  expect((await ask("tasks/get", taskId)).result?.["status"]).toBe("completed");
});

test("what is over already is answered as ever; so is a client that does not take tasks", async () => {
  const { sessions } = await stage.spawn({ sessions: [{ task: "quick" }] });
  const id = sessions[0]?.id ?? "";
  await stage.untilEnded([id]);
  expect((await wait({ tasks: [id] })).result).toMatchObject({
    resultType: "complete",
    structuredContent: {},
  });
  const hanging = await spawnGated("undeclared");
  const undeclared = await wait({ tasks: [hanging], timeout_s: 1 }, {});
  expect(undeclared.result).toMatchObject({
    resultType: "complete",
    structuredContent: { status: "timed_out" },
  });
  gates.get("undeclared")?.resolve();
});

test("any and a number of them are kept in the task; it outlives kill -9 of the daemon", async () => {
  const [slow, fast] = [await spawnGated("slow"), await spawnGated("fast")];
  const any = String((await wait({ tasks: [slow, fast], until: "any" })).result?.["taskId"]);
  const both = String((await wait({ tasks: [slow, fast], until: 2 })).result?.["taskId"]);
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  expect((await ask("tasks/get", any)).result?.["status"]).toBe("working");
  gates.get("fast")?.resolve();
  expect((await untilTask(any, "completed")).result?.["result"]).toMatchObject({
    structuredContent: { status: "done" },
  });
  expect((await ask("tasks/get", both)).result?.["status"]).toBe("working");
  gates.get("slow")?.resolve();
  expect((await untilTask(both, "completed")).error).toBeUndefined();
});

test("cancelling is acknowledged and stops no session; a task that there is not, or of a client that takes none, is refused", async () => {
  const id = await spawnGated("goes on");
  const taskId = String((await wait({ tasks: [id] })).result?.["taskId"]);
  expect((await ask("tasks/cancel", taskId)).result).toMatchObject({ resultType: "complete" });
  expect((await ask("tasks/update", taskId)).result).toMatchObject({ resultType: "complete" });
  expect((await stage.session(id)).status).toBe("running");
  for (const method of ["tasks/get", "tasks/cancel", "tasks/update"]) {
    expect((await ask(method, taskId, null)).error, method).toMatchObject({
      code: -32_021,
      data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
    });
    for (const wrong of ["nobody", taskId.slice(0, -2), "wait.all.x.AAAAAAAAAAAAAAAAAAAAAA", id]) {
      expect((await ask(method, wrong)).error, `${method} ${wrong}`).toMatchObject({
        code: -32_602,
        data: { code: "not-found" },
      });
    }
  }
  gates.get("goes on")?.resolve();
  await stage.untilEnded([id]);
  await stage.run(["agent", "rm", id]);
  expect((await ask("tasks/get", taskId)).error).toMatchObject({ code: -32_602 });
});

test("the server says that it has the extension, to clients that know the word", async () => {
  const { result } = await postMessage(stage, { method: "server/discover" });
  expect(result?.["capabilities"]).toMatchObject({ extensions });
});
