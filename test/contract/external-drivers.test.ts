import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentListView } from "../../src/contract/agent-operations.ts";
import type { SessionView } from "../../src/contract/shapes.ts";
import { driverRows, type DriverScene } from "../support/agents/driver-rows.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const rows = driverRows.map((row) => ({ ...row, title: row.title ?? row.agent }));

describe.each(rows)("the driver of $title", ({ agent, install, tasks, tool, books, isShared }) => {
  let stage: Stage;
  let takes: readonly string[];

  beforeAll(async () => {
    stage = await createStage();
    install(stage);
    await stage.run(["up"]);
    const { agents } = (await stage.rest("/api/agents")).json<AgentListView>();
    takes = agents.find(({ name }) => name === agent)?.takes ?? [];
  });
  afterAll(() => stage.close());

  async function begin(scene: DriverScene, more = ""): Promise<string> {
    const { sessions } = await stage.spawn({ sessions: [{ agent, task: `${tasks[scene]}${more}` }] });
    return sessions[0]?.id ?? "";
  }

  async function run(scene: DriverScene, more = ""): Promise<SessionView> {
    return end(await begin(scene, more));
  }

  async function end(id: string): Promise<SessionView> {
    const [session] = await stage.untilEnded([id], 40_000);
    if (session === undefined) throw new Error(`there is no session ${id}`);
    return session;
  }

  const readLog = async (id: string): Promise<string> =>
    (await stage.rest(`/api/agents/sessions/${id}/log`)).text;

  /** Resolves when its program is at work. */
  async function untilLooking(id: string): Promise<void> {
    await until(
      () => stage.rest(`/api/agents/sessions/${id}`),
      (answer) => answer.json<SessionView>().started_at !== null && fakes().length > 0,
      20_000,
    );
    // It has read its task, and sits in the middle of it.
    await sleep(700);
  }

  const fakes = () => findProcesses(stage.root).filter(({ command }) => /fake-[\w-]+\.ts/.test(command));

  test("a run to its end: its answer is the result, and its books are what the agent said", async () => {
    const session = await run("plain");
    expect(session).toMatchObject({ status: "completed", reason: "end-turn", turns: 1, ...books.once });
    expect(session.result?.text).toContain(tasks.plain);
  });

  test("a tool call and its answer are in the log once each", async () => {
    const session = await run("slow", " 200");
    expect(session).toMatchObject({ status: "completed", result: { text: "slowly done" } });
    if (tool === null) return;
    const log = await readLog(session.id);
    expect(log.match(new RegExp(`${tool} answered`, "g"))).toHaveLength(1);
  });

  test("lines that are none of its format are passed over", async () => {
    expect(await run("garbage")).toMatchObject({
      status: "completed",
      result: { text: expect.stringContaining("through it all") },
    });
  });

  test("a line of ten megabytes stops nothing", async () => {
    expect(await run("long-line")).toMatchObject({
      status: "completed",
      result: { text: expect.stringContaining("read it all") },
    });
  });

  test("leaving with exit code 0 and without an answer is a failure that says so", async () => {
    expect(await run("nothing")).toMatchObject({ status: "failed", error: { code: "agent-no-answer" } });
  });

  test("a failure that is told is one, whatever the exit code, and has a text to act on", async () => {
    const { status, error } = await run("failure");
    expect([status, error?.code]).toEqual(["failed", expect.stringMatching(/^agent-/)]);
    expect(error?.detail.length).toBeGreaterThan(20);
  });

  test("what is sent while it works is answered too, or refused by name", async () => {
    const id = await begin("slow", " 4000");
    await untilLooking(id);
    const sent = await stage.run(["agent", "send", id, "and look at b"]);
    if (takes.includes("message")) {
      expect(sent.exitCode, sent.stderr).toBe(0);
      expect((await end(id)).result?.text).toContain("and look at b");
      return;
    }
    expect([sent.exitCode, sent.stderr]).toEqual([2, expect.stringContaining(`Agent ${agent}`)]);
    expect(await end(id)).toMatchObject({ status: "completed", result: { text: "slowly done" } });
  });

  test("it goes on after its end and is booked at what is new, or that is refused by name", async () => {
    const { id } = await run("plain");
    const resumed = await stage.run(["agent", "resume", id, "and more"]);
    if (!takes.includes("resume")) {
      expect([resumed.exitCode, resumed.stderr]).toEqual([2, expect.stringContaining(`Agent ${agent}`)]);
      return;
    }
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const session = await stage.session(id);
    expect(session).toMatchObject({ status: "completed", resumes: 1, ...books.twice });
    expect(session.result?.text).toContain("and more");
  });

  test("stopped, it is gone soon with all of its processes, and says so", async () => {
    const id = await begin("slow", " 60000");
    await untilLooking(id);
    await stage.run(["agent", "stop", id]);
    // Its figure is measured on a quiet machine; here others run too.
    const most = isShared === true ? 1 : 0;
    await until(fakes, (left) => left.length <= most, 3_000);
    expect(await stage.session(id)).toMatchObject({ status: "cancelled" });
  });

  test("its daemon is killed and it is not: the next one hears it to its end, and books it once", async () => {
    const id = await begin("slow", " 5000");
    await untilLooking(id);
    const [before] = fakes();
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    expect(fakes().map((found) => found.pid)).toContain(before?.pid);
    const session = await end(id);
    expect(session).toMatchObject({ status: "completed", result: { text: "slowly done" } });
    const log = await readLog(id);
    expect(log.match(/launched/g)).toHaveLength(1);
    const alike = await run("slow", " 10");
    expect([session.turns, session.cost_usd, session.usage]).toEqual([
      alike.turns,
      alike.cost_usd,
      alike.usage,
    ]);
  });
});
