import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { findProcesses } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

const command = "sleep 301 & setsid sleep 302 & setsid setsid sleep 303 & sleep 304";

function slowly({ firstUserText, turn }: ParsedRequest): Reply {
  if (firstUserText === "bash") {
    return turn === 0 ? { toolCalls: [{ name: "bash", input: { command } }] } : { text: "not reached" };
  }
  return { text: "late", delayMs: firstUserText === "a little" ? 1_400 : 10_000 };
}

beforeAll(async () => {
  stage = await createStage({ script: slowly, env: { POOL_TIMEOUT_MS: "1000" } });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

function toRunMs({ started_at: start, ended_at: end }: SessionView): number {
  return Date.parse(end ?? "") - Date.parse(start ?? "");
}

// They wait more than they work.
describe.concurrent("deadlines", () => {
  test("S9: with POOL_TIMEOUT_MS=1000 a ten-second session is timed out in 1.5 s, its model call ended", async () => {
    const { exitCode, stdout, stderr } = await stage.run(["agent", "spawn", "--task", "ten seconds"]);
    expect(exitCode, stderr).toBe(124);
    expect(stdout).toContain("timed out");
    const session = (await stage.sessions()).find(({ task }) => task === "ten seconds");
    expect(session).toMatchObject({ status: "timed_out", reason: "timeout", error: { code: "timeout" } });
    expect(toRunMs(session as SessionView)).toBeLessThan(1_500);
    await until(
      () => stage.model.requests.find(({ firstUserText }) => firstUserText === "ten seconds")?.outcome,
      (outcome) => outcome === "client-closed",
      500,
    );
  });

  test("S9: a session's own timeout wins over its request's, and that over POOL_TIMEOUT_MS", async () => {
    const { sessions } = await stage.spawn({
      sessions: [
        { task: "short", timeout: 200 },
        { task: "a little", timeout: 5_000 },
        { task: "the request's" },
      ],
      timeout: 500,
    });
    const [short, long, shared] = await stage.untilEnded(sessions.map(({ id }) => id));
    expect([short?.status, long?.status, shared?.status]).toEqual(["timed_out", "completed", "timed_out"]);
    expect(toRunMs(short as SessionView)).toBeLessThan(500);
    expect(toRunMs(shared as SessionView)).toBeGreaterThanOrEqual(500);
    expect(toRunMs(shared as SessionView)).toBeLessThan(1_000);
  });

  test("S9: agent spawn --timeout is such a request", async () => {
    const { exitCode, stderr } = await stage.run([
      "agent",
      "spawn",
      "--timeout",
      "300ms",
      "--task",
      "ten seconds",
    ]);
    expect(exitCode, stderr).toBe(124);
  });

  test("S9: the processes of a running command are gone with it, also those that left its group", async () => {
    const args = [
      "agent",
      "spawn",
      "-d",
      "--permission-mode",
      "full",
      "--timeout",
      "1500ms",
      "--task",
      "bash",
    ];
    const [id = ""] = (await stage.run(args)).stdout.trim().split("\n");
    const marker = `PROFCLAW_SESSION_ID=${id}`;
    await until(
      () => findProcesses(marker),
      (found) => found.length >= 4,
      1_400,
    );
    const [ended] = await stage.untilEnded([id]);
    expect(ended?.status).toBe("timed_out");
    expect(toRunMs(ended as SessionView)).toBeLessThan(2_300);
    await until(
      () => findProcesses(marker),
      (found) => found.length === 0,
      500,
    );
  });
});
