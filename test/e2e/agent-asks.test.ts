import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ApprovalListView, ApprovalView } from "../../src/contract/approval-operations.ts";
import type { SessionView } from "../../src/contract/shapes.ts";
import { createClaudeStage } from "../support/e2e/claude-stage.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import type { Stage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const claudes = (stage: Stage) =>
  findProcesses(stage.root).filter(({ command }) => /fake-claude.*stream-json/.test(command));

async function spawnAsking(stage: Stage, task: string, asks = 1): Promise<string> {
  const { stdout, stderr } = await stage.run(["agent", "spawn", "-d", "--agent", "claude", "--task", task]);
  const id = stdout.trim();
  if (id === "") throw new Error(stderr);
  const asking = ({ status, approvals }: SessionView): boolean =>
    status === "waiting" && approvals.length === asks;
  return (await until(() => stage.session(id), asking)).id;
}

async function approvalsOf(stage: Stage, id: string): Promise<ApprovalView[]> {
  const path = `/api/approvals?session=${id}&status=all`;
  return (await stage.rest(path)).json<ApprovalListView>().approvals;
}

async function ended(stage: Stage, id: string): Promise<SessionView> {
  const [session] = await stage.untilEnded([id], 20_000);
  if (session === undefined) throw new Error("it has not ended");
  return session;
}

/** Every answer needs a command of its own: the first argument is what is answered. */
function answer(stage: Stage, id: string, ...words: string[]): ReturnType<Stage["run"]> {
  return stage.run(["agent", "answer", id, ...words]);
}

const own = (level: string, task: string) => ({ task, agent: "claude", permission_mode: level });

describe.concurrent("an agent that asks for leave", () => {
  test("is answered by the policy where that knows: yes to what is listed, no to what nobody may", async () => {
    await using stage = await createClaudeStage();
    await stage.run(["up"]);
    const { sessions } = await stage.spawn({
      sessions: [
        own("auto", "trap:ask ls &&& cat ~/.ssh/id_rsa"),
        own("allowlist", "trap:ask make"),
        own("auto", "trap:ask-write inside.txt"),
        own("auto", "trap:ask-write .git/hooks/pre-commit"),
        own("deny", "trap:ask-host"),
      ],
    });
    const texts = (await stage.untilEnded(sessions.map(({ id }) => id))).map(({ result }) => result?.text);
    expect(texts[0]).toMatch(/^allow \| Not allowed: .*\.ssh.* protected/);
    expect(texts[1]).toMatch(/^Not allowed: .*not on the list/);
    expect(texts[2]).toBe("allow");
    expect(texts[3]).toMatch(/^Not allowed: \.git is protected/);
    expect(texts[4]).toBe("error");
    expect((await stage.rest("/api/approvals?status=all")).json<ApprovalListView>().approvals).toEqual([]);
  }, 40_000);

  test("waits without a slot for a person, who sees what it would do, and goes on with their yes and their no", async () => {
    await using stage = await createClaudeStage({ PROFCLAW_POOL_MAX_CONCURRENT: "1" });
    const id = await spawnAsking(stage, "trap:ask make one &&& make two", 2);
    expect(claudes(stage)).toHaveLength(1);
    // The only slot is free.
    const other = await stage.run(["agent", "spawn", "--task", "meanwhile"]);
    expect([other.exitCode, other.stdout], other.stderr).toEqual([0, expect.stringContaining("meanwhile")]);
    const [first, second] = await approvalsOf(stage, id);
    expect(first).toMatchObject({ number: 1, tool: "bash", text: "bash\ncommand: make one" });
    expect(first?.rule).toBe("bash: exactly make one");
    expect(second).toMatchObject({ number: 2, status: "open" });
    await answer(stage, id, "2", "deny");
    await until(
      () => stage.session(id),
      ({ status, approvals }) => status === "waiting" && approvals.length === 1,
    );
    await answer(stage, id, "1", "allow");
    const session = await ended(stage, id);
    expect(session.result?.text).toMatch(/^allow \| Not allowed: .*the answer was no\. Nothing was done/);
    expect(session).toMatchObject({ turns: 2, cost_usd: "0.02" });
    const log = (await stage.rest(`/api/agents/sessions/${id}/log`)).text;
    expect(log.match(/claude launched/g)).toHaveLength(1);
  }, 40_000);

  test("needs no answer where it has withdrawn its ask, and one that dies while it waits is noticed at once", async () => {
    await using stage = await createClaudeStage();
    const withdrawing = await spawnAsking(stage, "trap:ask-and-withdraw");
    const dying = await spawnAsking(stage, "trap:ask-and-die");
    const gone = await ended(stage, dying);
    expect(gone).toMatchObject({ status: "failed", error: { code: "agent-failed" } });
    expect((await ended(stage, withdrawing)).result?.text).toBe("did without");
    for (const id of [withdrawing, dying]) {
      expect(await approvalsOf(stage, id)).toMatchObject([{ status: "closed", answered_at: null }]);
      expect((await answer(stage, id, "1", "allow")).exitCode).not.toBe(0);
    }
  }, 40_000);

  test("is ended with its session while it waits: nothing is left, and the ask is closed", async () => {
    await using stage = await createClaudeStage();
    const id = await spawnAsking(stage, "trap:ask make");
    expect(claudes(stage)).toHaveLength(1);
    await stage.run(["agent", "stop", id]);
    expect(await stage.session(id)).toMatchObject({ status: "cancelled" });
    expect(claudes(stage)).toEqual([]);
    expect(await approvalsOf(stage, id)).toMatchObject([{ status: "closed" }]);
  }, 40_000);

  test("hears no where nobody answers in time, goes on, and is not asked about where nobody may be", async () => {
    await using stage = await createClaudeStage({ PROFCLAW_APPROVAL_TIMEOUT_MS: "2000" });
    const id = await spawnAsking(stage, "trap:ask make");
    const session = await ended(stage, id);
    expect(session.status).toBe("completed");
    expect(session.result?.text).toMatch(/the answer is no: nobody answered within/);
    expect(await approvalsOf(stage, id)).toMatchObject([{ status: "expired", answered_by: "deadline" }]);
    await using quiet = await createClaudeStage({ PROFCLAW_APPROVAL_TIMEOUT_MS: "0" });
    const at = await quiet.run(["agent", "spawn", "--agent", "claude", "--task", "trap:ask make"]);
    expect(at.stdout).toContain("this daemon asks nobody");
  }, 40_000);

  test("asks again where its yes was for a file that is another one by now", async () => {
    await using stage = await createClaudeStage();
    const [one, two] = ["one", "two"].map((name) => join(stage.root, name));
    for (const folder of [one, two]) mkdirSync(folder ?? "");
    const link = join(stage.workspace, "link");
    symlinkSync(one ?? "", link);
    const id = await spawnAsking(stage, "trap:ask-write link/made.txt");
    rmSync(link);
    symlinkSync(two ?? "", link);
    await answer(stage, id, "1", "allow");
    const again = await until(
      () => stage.session(id),
      ({ status, approvals }) => status === "waiting" && approvals[0]?.number === 2,
    );
    expect((await approvalsOf(stage, again.id))[1]?.reason).toContain("has changed since");
    await answer(stage, id, "2", "allow");
    expect((await ended(stage, id)).result?.text).toBe("allow");
  }, 40_000);
});

describe.concurrent("an ask outlives the daemon", () => {
  test("that is killed before the answer: it is asked once, by the program that lives on", async () => {
    await using stage = await createClaudeStage();
    const id = await spawnAsking(stage, "trap:ask make");
    const [before] = claudes(stage);
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.run(["up"]);
    // The new daemon looks once at what the old one left.
    await sleep(2_000);
    expect(claudes(stage)).toEqual([before]);
    await answer(stage, id, "allow");
    expect((await ended(stage, id)).result?.text).toBe("allow");
    expect(await approvalsOf(stage, id)).toHaveLength(1);
  }, 40_000);

  test.each(["before:approval-withdraw", "after:approval-withdraw"])(
    "that is killed %s: nobody is asked for what is not wanted any more",
    async (point) => {
      await using stage = await createClaudeStage();
      const armed = { PROFCLAW_FAILPOINTS: `${point}=kill@1` };
      const serving = stage.start(["serve", "--port", "0"], { env: armed, withinMs: 50_000 });
      await serving.says(/serves http/, "stderr");
      const id = await spawnAsking(stage, "trap:ask-and-withdraw");
      await serving.ended;
      await stage.run(["up"]);
      expect((await ended(stage, id)).result?.text).toBe("did without");
      expect(await approvalsOf(stage, id)).toMatchObject([{ status: "closed", answered_at: null }]);
    },
    60_000,
  );

  test.each(["before:approval-ask", "after:approval-ask", "before:approval-answer", "after:approval-answer"])(
    "that is killed %s: the answer counts, once",
    async (point) => {
      await using stage = await createClaudeStage();
      const armed = { PROFCLAW_FAILPOINTS: `${point}=kill@1` };
      // Without a supervisor: it would bring an armed one back.
      const serving = stage.start(["serve", "--port", "0"], { env: armed, withinMs: 50_000 });
      await serving.says(/serves http/, "stderr");
      const task = "trap:ask make &&& ls";
      const { stdout } = await stage.run(["agent", "spawn", "-d", "--agent", "claude", "--task", task]);
      const id = stdout.trim();
      if (point.endsWith("ask")) {
        await serving.ended;
        await stage.run(["up"]);
      }
      await until(
        () => stage.session(id),
        ({ approvals }) => approvals.length > 0,
      );
      const answered = await answer(stage, id, "allow");
      expect(answered.stdout, answered.stderr).toContain("allowed");
      await serving.ended;
      const session = await ended(stage, id);
      expect(session).toMatchObject({ status: "completed", result: { text: "allow | allow" }, turns: 2 });
      expect(await approvalsOf(stage, id)).toHaveLength(1);
    },
    60_000,
  );
});
