import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentListView } from "../../src/contract/agent-operations.ts";
import type { NewSessionInput } from "../../src/contract/session-operations.ts";
import type { SessionView } from "../../src/contract/shapes.ts";
import { driverRows, type DriverScene } from "../support/agents/driver-rows.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const rows = driverRows.map((row) => ({ ...row, title: row.title ?? row.agent }));

describe.each(rows)("what goes wrong with $title", (row) => {
  const { agent, install, tasks, isShared, outlivesExit, older } = row;
  let stage: Stage;
  let takes: readonly string[];

  beforeAll(async () => {
    // One at a time: what is spawned behind another one waits, and finds a changed world.
    stage = await createStage({ env: { POOL_MAX_CONCURRENT: "1" } });
    install(stage);
    await stage.run(["up"]);
    const { agents } = (await stage.rest("/api/agents")).json<AgentListView>();
    takes = agents.find(({ name }) => name === agent)?.takes ?? [];
  });
  afterAll(() => stage.close());

  async function begin(
    session: Partial<NewSessionInput> & { task: string },
    timeout?: number,
  ): Promise<string> {
    const batch = timeout === undefined ? {} : { timeout };
    const { sessions } = await stage.spawn({ sessions: [{ agent, ...session }], ...batch });
    return sessions[0]?.id ?? "";
  }

  async function end(id: string): Promise<SessionView> {
    const [session] = await stage.untilEnded([id], 40_000);
    if (session === undefined) throw new Error(`there is no session ${id}`);
    return session;
  }

  const run = async (scene: DriverScene): Promise<SessionView> => end(await begin({ task: tasks[scene] }));

  /** What a spawn is refused with. */
  async function refuse(session: Record<string, unknown>): Promise<ProblemSeen> {
    const answer = await stage.rest("/api/agents/sessions", { body: { sessions: [{ agent, ...session }] } });
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    return answer.json<ProblemSeen>();
  }

  /** A session that waits for its slot while something changes. */
  async function changedInTheQueue(change: () => void, cwd?: string): Promise<SessionView> {
    const first = await begin({ task: `${tasks.slow} 1200` });
    const second = await begin({ task: tasks.plain, ...(cwd === undefined ? {} : { cwd }) });
    change();
    await end(first);
    return end(second);
  }

  const untilWorking = async (id: string): Promise<unknown> => {
    const looks = until(
      () => stage.rest(`/api/agents/sessions/${id}/log`),
      // One that is asked in several steps is not asked without a daemon: it has opened its conversation.
      ({ text }) => text.includes(agent === "spoken" ? "conversation" : "launched") && fakes().length > 0,
      20_000,
    );
    await looks;
    // It has read its task by then.
    return sleep(500);
  };
  const countLaunches = async (id: string): Promise<number> =>
    (await stage.rest(`/api/agents/sessions/${id}/log`)).text.match(/launched/g)?.length ?? 0;
  const fakes = () => findProcesses(stage.root).filter(({ command }) => /fake-[\w-]+\.ts/.test(command));
  const program = (): string => join(stage.root, "bin", agent);

  test("one that breaks down has failed, with what it said on stderr", async () => {
    const session = await run("crash");
    expect(session).toMatchObject({
      status: "failed",
      reason: "agent-error",
      error: { code: "agent-failed" },
    });
    expect(session.error?.detail).toMatch(/exit code 3.*out of memory/s);
  });

  test.each([true, false])(
    "an answer before a bad exit code is judged with it, kept, and asked for once (a daemon is there: %s)",
    async (isHeard) => {
      const id = await begin({ task: `${tasks["late-exit"]} 1500` });
      await untilWorking(id);
      if (!isHeard) {
        for (const { pid, command } of findProcesses(stage.state))
          if (command.includes("/daemon/")) killHard(pid);
        await until(fakes, (left) => left.length === 0, 10_000);
        await stage.run(["up"]);
      }
      const session = await end(id);
      expect(session.result?.text).toContain("answered");
      expect(await countLaunches(session.id)).toBe(1);
      if (outlivesExit === true) {
        expect(session).toMatchObject({ status: "completed", error: null });
        return;
      }
      expect(session).toMatchObject({ status: "failed", error: { code: "agent-failed" } });
      expect(session.result?.truncated).toBe(true);
      expect(session.error?.detail).toContain("exit code 3");
    },
  );

  test("one that breaks down over what was sent to it has failed, though it had answered before", async ({
    skip,
  }) => {
    skip(!takes.includes("message") || isShared === true, "it hears nothing, or in the turn under way");
    const id = await begin({ task: `${tasks.slow} 2500` });
    await untilWorking(id);
    const sent = await stage.run(["agent", "send", id, tasks.crash]);
    expect(sent.exitCode, sent.stderr).toBe(0);
    const session = await end(id);
    expect([session.status, session.reason]).toEqual(["failed", "agent-error"]);
    expect(session.error?.detail).toContain("out of memory");
  });

  // A program of a person's own has no word for that.
  test.skipIf(agent === "lines")("a login that is missing is named, with what to do", async () => {
    const { status, error } = await run("unauthorized");
    expect([status, error?.code]).toEqual(["failed", "agent-not-logged-in"]);
    expect(error?.detail).toMatch(/log in/i);
  });

  test("its time is over: it is gone with all of its processes, and what it had said is kept", async () => {
    const session = await end(await begin({ task: `${tasks.slow} 60000` }, 2_500));
    expect(session).toMatchObject({ status: "timed_out", reason: "timeout", result: { text: "looking" } });
    await until(fakes, (left) => left.length <= (isShared === true ? 1 : 0), 3_000);
  });

  test("killed from outside it has failed and says by what, or goes on in another process", async () => {
    const id = await begin({ task: `${tasks.slow} 3000` });
    await untilWorking(id);
    for (const { pid } of fakes()) killHard(pid);
    const session = await end(id);
    if (isShared === true) {
      expect([session.status, await countLaunches(id)]).toEqual(["completed", 2]);
      return;
    }
    expect(session).toMatchObject({ status: "failed", error: { code: "agent-failed" } });
    expect(session.error?.detail).toContain("signal SIGKILL");
  });

  test.each(["--help", "-p", "--version --dangerously-skip-permissions"])(
    "a task %s is a task and no flag",
    async (task) => {
      const session = await end(await begin({ task }));
      expect([session.status, session.result?.text]).toEqual(["completed", expect.stringContaining(task)]);
    },
  );

  test("a task of 400,000 characters reaches it whole", async () => {
    const { status, result } = await end(await begin({ task: "long ".repeat(80_000) }));
    expect([status, result?.text]).toEqual(["completed", expect.stringMatching(/heard: 400000 characters/)]);
  });

  test("a model or effort that it can not have is refused by name, before anything starts", async () => {
    const before = (await stage.sessions()).length;
    for (const model of ["--help", "-m"]) {
      const { code, detail } = await refuse({ task: "t", model });
      expect(code, detail).toMatch(/^(?:unknown-model|agent-lacks)$/);
      expect(detail).toContain(agent);
    }
    const effort = await refuse({ task: "t", effort: "extreme" });
    expect(effort).toMatchObject({ pointer: "/sessions/0/effort" });
    expect(effort.detail).toContain("xhigh");
    if (!takes.includes("effort")) {
      const { code, detail } = await refuse({ task: "t", effort: "high" });
      expect([code, detail]).toEqual(["agent-lacks", expect.stringContaining(`${agent} takes no effort`)]);
    }
    expect(await stage.sessions()).toHaveLength(before);
  });

  test("a folder that is not there is refused by name; one that goes before it begins is told by name", async () => {
    const cwd = join(stage.root, "gone");
    const { code, detail } = await refuse({ task: "t", cwd });
    expect([code, detail]).toEqual(["cwd-not-found", expect.stringContaining(cwd)]);
    mkdirSync(cwd);
    const session = await changedInTheQueue(() => rmSync(cwd, { recursive: true }), cwd);
    expect(session).toMatchObject({ status: "failed", error: { code: "cwd-not-found" } });
    expect(session.error?.detail).toContain(cwd);
  });

  test.skipIf(older === undefined)(
    "one that is too old is refused with what to type, also where it came late",
    async () => {
      const session = await changedInTheQueue(() =>
        writeFileSync(program(), `#!/bin/sh\necho '${older}'\n`, { mode: 0o755 }),
      );
      expect(session).toMatchObject({ status: "failed", error: { code: "agent-too-old" } });
      expect(session.error?.detail).toMatch(/is too old: .*npm i -g/);
      const { code, hint } = await refuse({ task: "t" });
      expect([code, hint]).toEqual(["agent-too-old", expect.stringContaining("npm i -g")]);
      install(stage);
      expect((await run("plain")).status).toBe("completed");
    },
  );

  test("one that is gone is refused by name, and told by name where it went before it began", async () => {
    const session = await changedInTheQueue(() => rmSync(program()));
    expect(existsSync(program())).toBe(false);
    expect(session.status).toBe("failed");
    expect(session.error?.code).toMatch(/^agent-not-(?:installed|started)$/);
    const { code, detail, hint } = await refuse({ task: "t" });
    expect([code, detail]).toEqual(["agent-not-installed", expect.stringContaining(agent)]);
    expect(hint).toBeTruthy();
  });
});
