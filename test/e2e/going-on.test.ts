import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BatchView, SessionView } from "../../src/contract/shapes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

function answer({ turn, lastUserText }: ParsedRequest): Reply {
  if (turn === 0) return { toolCalls: [{ name: "list_dir", input: { path: "." } }] };
  return { text: `turn ${turn}: ${lastUserText}` };
}

async function runOne(stage: Stage): Promise<SessionView> {
  const { exitCode, stderr } = await stage.run(["agent", "spawn", "--task", "look around"]);
  expect(exitCode, stderr).toBe(0);
  const [session] = await stage.sessions();
  if (session === undefined) throw new Error("no session");
  return session;
}

describe.concurrent("sessions that go on", () => {
  test("resume waits for the new result, under the same id; retry and fork have ids of their own", async () => {
    await using stage = await createStage({ script: answer });
    const { id } = await runOne(stage);
    const short = id.slice(0, 8);
    const resumed = await stage.run(["agent", "resume", short, "and more"]);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain("turn 2: and more");
    const shown = await stage.run(["agent", "show", short]);
    expect(shown.stdout).toMatch(/resumed +1×/);
    const logs = await stage.run(["agent", "logs", short]);
    expect(logs.stdout).toMatch(/resumed\n +and more/);
    const forked = await stage.run(["agent", "fork", short, "--turn", "1", "another way", "--json"]);
    expect(forked.exitCode, forked.stderr).toBe(0);
    const batch = JSON.parse(forked.stdout) as BatchView & { sessions: SessionView[] };
    expect(batch.sessions[0]).toMatchObject({ forked_from: { id, turn: 1 }, status: "completed" });
    expect(batch.sessions[0]?.result?.text).toContain("another way");
    const retried = await stage.run(["agent", "retry", short, "-d"]);
    expect(retried.exitCode, retried.stderr).toBe(0);
    const [retry] = await stage.untilEnded([retried.stdout.trim()]);
    expect(retry).toMatchObject({ retry_of: id, task: "look around", status: "completed", turns: 2 });
    expect(stage.model.violations).toEqual([]);
  });

  test("what cannot go on is refused and says what to type", async () => {
    await using stage = await createStage({
      script: (request) =>
        request.firstUserText.startsWith("wait") ? { hang: true } : { text: "done", delayMs: 5 },
    });
    const { id } = await runOne(stage);
    await stage.run(["agent", "spawn", "-d", "--task", "wait for ever"]);
    const alive = (await stage.sessions()).at(-1)?.id ?? "";
    const refusals: [number, string[], RegExp][] = [
      [2, ["agent", "resume", id], /there is nothing more to do[\s\S]*agent resume/],
      [2, ["agent", "resume", alive, "x"], /has not ended[\s\S]*agent send/],
      [2, ["agent", "resume", id, "x", "--max-turns", "0"], /--max-turns is "0"/],
      [2, ["agent", "resume", id, "x", "--budget", "-1"], /--budget is "-1"/],
      [2, ["agent", "fork", id, "--turn", "9", "x"], /has no turn 9: it has 1 to 1/],
      [2, ["agent", "fork", id, "--turn", "0", "x"], /--turn is "0"/],
      [3, ["agent", "retry", id, "--provider", "anthropik"], /anthropic/],
      [5, ["agent", "retry", "ffffffff"], /No session is "ffffffff"/],
      [2, ["agent", "resum", id], /Did you mean: profclaw agent resume/],
    ];
    for (const [exitCode, args, text] of refusals) {
      const refused = await stage.run(args);
      expect(refused.exitCode, `${args.join(" ")}: ${refused.stderr}`).toBe(exitCode);
      expect(refused.stderr).toMatch(text);
    }
    const before = await stage.sessions();
    expect(before).toHaveLength(2);
    const odd = await stage.rest(`/api/agents/sessions/${id}/resume`, { body: { mesage: "x" } });
    expect(odd.status).toBe(422);
    expect(odd.text).toContain("mesage");
  });

  test.each(["before:session-resume", "after:session-resume", "before:session-fork", "after:session-fork"])(
    "a daemon that is killed %s loses nothing and does nothing twice",
    async (point) => {
      await using stage = await createStage({ script: answer });
      // In the foreground nobody starts it again but the command that waits, and that one arms nothing.
      const armed = stage.start(["serve", "--port", "0"], {
        env: { PROFCLAW_FAILPOINTS: `${point}=kill@1` },
        withinMs: 50_000,
      });
      await until(
        () => existsSync(join(stage.state, "daemon.json")),
        (isThere) => isThere,
        15_000,
      );
      const { id } = await runOne(stage);
      const command = point.endsWith("fork") ? "fork" : "resume";
      const going = await stage.run(["agent", command, id, "go on"], { withinMs: 40_000 });
      expect((await armed.ended).signal).toBe("SIGKILL");
      expect(going.exitCode, going.stderr).toBe(0);
      expect(going.stdout).toContain("turn 2: go on");
      const sessions = await stage.sessions();
      expect(sessions).toHaveLength(point.endsWith("fork") ? 2 : 1);
      expect(sessions.every(({ status }) => status === "completed")).toBe(true);
      expect(sessions[0]?.resumes).toBe(point.endsWith("fork") ? 0 : 1);
      expect(stage.model.requests).toHaveLength(3);
    },
    60_000,
  );
});
