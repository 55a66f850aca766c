import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findProcesses, killHard } from "../../support/e2e/processes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import { toRecords, toText } from "../../support/model-server/json.ts";
import { findAgent } from "../pinned-agents.ts";
import { answersTo, isSession, playAgent, type Step } from "../play-agent.ts";
import { call, runClaude, startClaude, toRun } from "./run-claude.ts";

const { title, program = "" } = findAgent("claude");
const parts = Array.from({ length: 10 }, (_, at) => `part ${at}`);

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});
afterAll(() => stage.close());

/** The tasks of a `wait`, by what each was asked. */
function statusesOf(waited: { json: Record<string, unknown> } | undefined): Record<string, string> {
  const tasks = toRecords(waited?.json["tasks"] as never);
  return Object.fromEntries(tasks.map(({ task, status }) => [toText(task), toText(status)]));
}

describe.runIf(program !== "")(title, () => {
  test("spawns ten in one turn, waits for the first and for all, and is told which one failed and why", async () => {
    const before = stage.model.requests.length;
    let ids: string[] = [];
    const spawnAll: Step = () => ({ toolCalls: parts.map((prompt) => call("spawn", { prompt })) });
    const waitForOne: Step = (handles) => {
      ids = handles.map(({ json }) => toText(json["task_id"]));
      return { toolCalls: [call("wait", { tasks: ids, until: "any", timeout_s: 20 })] };
    };
    const waitForAll: Step = () => ({ toolCalls: [call("wait", { tasks: ids, timeout_s: 30 })] });
    stage.model.setScript(
      playAgent([spawnAll, waitForOne, waitForAll, () => ({ text: "over" })], async ({ firstUserText }) => {
        if (firstUserText !== "part 0") await sleep(1_500);
        return firstUserText === "part 4"
          ? { status: 400, error: { message: "this part is bad" } }
          : { text: `done: ${firstUserText}` };
      }),
    );
    const { end } = await runClaude(program, stage, { prompt: "Do ten things.", way: "stdio" });
    expect(end).toMatchObject({ is_error: false, result: "over" });
    const answers = answersTo(stage.model.requests.slice(before));
    const [first, all] = answers.slice(parts.length);
    expect(new Set(ids).size).toBe(parts.length);
    expect(first?.json).toMatchObject({ status: "done" });
    expect(statusesOf(first)).toMatchObject({ "part 0": "completed", "part 9": "running" });
    const expected = parts.map((part) => [part, part === "part 4" ? "failed" : "completed"]);
    expect(statusesOf(all)).toEqual(Object.fromEntries(expected));
    const failed = toRecords(all?.json["tasks"]).find(({ task }) => task === "part 4");
    expect(JSON.stringify(failed?.["error"])).toContain("this part is bad");
  });

  test("goes on waiting over a kill -9 of the daemon, undisturbed by results of before", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(
      playAgent(
        [
          () => ({ toolCalls: [call("spawn", { prompt: "slow" })] }),
          ([handle]) => ({
            toolCalls: [call("wait", { tasks: [toText(handle?.json["task_id"])], timeout_s: 40 })],
          }),
          () => ({ text: "over" }),
        ],
        async () => {
          await sleep(3_000);
          return { text: "done: slowly" };
        },
      ),
    );
    const claude = startClaude(program, stage, { prompt: "Do one thing.", way: "stdio" });
    await until(
      () => stage.model.requests.slice(before).filter((request) => !isSession(request)).length,
      (asked) => asked === 2,
      20_000,
    );
    // By now it waits.
    await sleep(500);
    const { pid } = stage.discovery();
    killHard(pid);
    const { end } = await toRun(claude);
    await stage.untilReplaced(pid);
    expect(end).toMatchObject({ is_error: false, result: "over" });
    const waited = answersTo(stage.model.requests.slice(before)).at(-1);
    expect(waited).toMatchObject({ isError: false, json: { status: "done", messages: [] } });
    expect(statusesOf(waited)).toEqual({ slow: "completed" });
  });

  test("killed while it waits, it leaves no bridge; its task goes on, and the next one in that folder has the result", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(
      playAgent(
        [
          () => ({ toolCalls: [call("spawn", { prompt: "outlive me" })] }),
          ([handle]) => ({ toolCalls: [call("wait", { tasks: [toText(handle?.json["task_id"])] })] }),
        ],
        async () => {
          await sleep(2_000);
          return { text: "done: alone" };
        },
      ),
    );
    const claude = startClaude(program, stage, { prompt: "Go.", way: "stdio" });
    await until(
      () => stage.model.requests.slice(before).filter((request) => !isSession(request)).length,
      (asked) => asked === 2,
      20_000,
    );
    const bridges = () => findProcesses(stage.root).filter(({ command }) => command.endsWith(" mcp"));
    expect(bridges().length).toBeGreaterThan(0);
    claude.kill("SIGKILL");
    await claude.ended;
    await until(bridges, (left) => left.length === 0);
    const task = (await stage.sessions()).find((session) => session.task === "outlive me");
    await stage.untilEnded([task?.id ?? ""]);
    const later = stage.model.requests.length;
    stage.model.setScript(
      playAgent([() => ({ toolCalls: [call("inbox", { mark_read: true })] }), () => ({ text: "over" })]),
    );
    await runClaude(program, stage, { prompt: "What is new?", way: "stdio" });
    const [inbox] = answersTo(stage.model.requests.slice(later));
    expect(toRecords(inbox?.json["messages"]).at(-1)).toMatchObject({
      kind: "result",
      from_cid: task?.id,
      content: "done: alone",
    });
  });

  test("is told by a refused call what is wrong and what to do, and its turn goes on", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(
      playAgent([
        () => ({
          toolCalls: [
            call("spawn", { prompt: "x", role: "critik" }),
            call("spawn", { prompt: "x", timeout_ms: -5 }),
            call("wait", { tasks: ["ffffffff"] }),
            call("whisper", { to_cid: "nobody", content: "hi" }),
          ],
        }),
        () => ({ text: "over" }),
      ]),
    );
    const { end } = await runClaude(program, stage, { prompt: "Go wrong.", way: "stdio" });
    expect(end).toMatchObject({ is_error: false, result: "over" });
    const answers = answersTo(stage.model.requests.slice(before));
    expect(answers.map(({ isError }) => isError)).toEqual([true, true, true, true]);
    const said = answers.map(({ text }) => text);
    expect(said).toEqual([
      expect.stringMatching(/unknown-role.*critic/s),
      expect.stringMatching(/timeout_ms/),
      expect.stringMatching(/not-found/),
      expect.stringMatching(/not-found/),
    ]);
    expect((await stage.sessions()).filter(({ task }) => task === "x")).toEqual([]);
  });
});
