import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { findProcesses, killHard } from "../../support/e2e/processes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import { findAgent } from "../pinned-agents.ts";
import { answersTo, playAgent, type Step } from "../play-agent.ts";
import { call } from "./run-claude.ts";

const { title, program = "" } = findAgent("claude");
const withinMs = 40_000;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  if (program !== "") symlinkSync(program, join(stage.root, "bin/claude"));
  await stage.run(["up"]);
});
afterAll(() => stage.close());

/** A session that this claude runs, accepted and not waited for. */
async function spawnClaude(task: string): Promise<string> {
  const { stdout, stderr } = await stage.run(["agent", "spawn", "-d", "--agent", "claude", "--task", task]);
  const id = stdout.trim();
  if (id === "") throw new Error(`nothing was spawned: ${stderr}`);
  return (await stage.session(id)).id;
}

async function ended(id: string): Promise<SessionView> {
  const [session] = await stage.untilEnded([id], withinMs);
  if (session === undefined) throw new Error(`there is no session ${id}`);
  return session;
}

const answerSlowly: Step = () => ({ text: "I was not disturbed.", delayMs: 4_000 });

/** Resolves when its model has been asked that often since. */
async function untilAsked(before: number, times: number): Promise<void> {
  await until(
    () => stage.model.requests.length - before,
    (asked) => asked >= times,
    withinMs,
  );
}

const claudes = () => findProcesses(stage.root).filter(({ command }) => /claude.*stream-json/.test(command));

describe.runIf(program !== "")(`${title} as a session's agent, from its first call to its end`, () => {
  test("has the children's tools of ours in the session's own name, and its usage is what the model gave out", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(
      playAgent([
        () => ({ toolCalls: [call("distill", { text: "The sky is blue" }), call("inbox")] }),
        () => ({ text: "I have looked." }),
      ]),
    );
    const id = await spawnClaude("Look at the sky.");
    const session = await ended(id);
    expect(session).toMatchObject({
      status: "completed",
      agent: "claude",
      turns: 2,
      result: { text: "I have looked." },
    });
    const requests = stage.model.requests.slice(before);
    const [finding, inbox] = answersTo(requests);
    expect(finding?.json).toMatchObject({ author_cid: id });
    expect(inbox?.json).toMatchObject({ messages: [] });
    const ours = requests[0]?.toolNames.filter((name) => name.startsWith("mcp__")) ?? [];
    expect(ours).toContain("mcp__profclaw__wait");
    expect(ours).not.toContain("mcp__profclaw__spawn");
    const [given] = Object.values(stage.model.tokensGiven());
    expect(session.usage).toMatchObject({
      input_tokens: given?.inputTokens,
      output_tokens: given?.outputTokens,
    });
    expect(claudes()).toEqual([]);
  });

  test("goes on when the daemon is killed, and is asked nothing twice", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(playAgent([() => ({ toolCalls: [call("inbox")] }), answerSlowly]));
    const id = await spawnClaude("Take your time.");
    await untilAsked(before, 2);
    const [running] = claudes();
    const { pid } = stage.discovery();
    killHard(pid);
    await stage.untilReplaced(pid);
    expect(claudes().map((found) => found.pid)).toContain(running?.pid);
    const session = await ended(id);
    expect(session).toMatchObject({ status: "completed", result: { text: "I was not disturbed." } });
    expect(stage.model.requests.length - before).toBe(2);
    expect(stage.model.requests.at(-1)?.outcome).toBe("answered");
  });

  test("goes on with its own conversation when it is resumed, and what that costs is added", async () => {
    const texts = ["First.", "Second."];
    stage.model.setScript(
      playAgent(
        texts.map((text): Step => () => ({ text })) as [Step, ...Step[]],
      ),
    );
    const id = await spawnClaude("Say it.");
    const first = await ended(id);
    await stage.run(["agent", "resume", id, "Say more."]);
    const second = await ended(id);
    expect(second).toMatchObject({ status: "completed", resumes: 1, result: { text: "Second." } });
    const last = stage.model.requests.at(-1);
    expect(last?.turn).toBe(1);
    expect(JSON.stringify(last?.messages)).toMatch(/Say it\.[^]*First\.[^]*Say more\./);
    // A second call with a longer history: more than twice would count the first one again.
    expect(second.usage.input_tokens).toBeGreaterThan(first.usage.input_tokens);
    expect(second.usage.input_tokens).toBeLessThan(2.5 * first.usage.input_tokens);
  });

  test("may spend what is set aside anew when it goes on, whatever its conversation has cost before", async () => {
    const usage = { inputTokens: 1_000, outputTokens: 5_000 };
    stage.model.setScript(playAgent([() => ({ text: "First.", usage }), () => ({ text: "Second.", usage })]));
    const spawn = ["agent", "spawn", "-d", "--agent", "claude", "--task", "Say it.", "--budget", "0.12"];
    const spawned = await stage.run(spawn);
    const first = await ended((await stage.session(spawned.stdout.trim())).id);
    expect(first).toMatchObject({ status: "completed" });
    expect(Number(first.cost_usd)).toBeGreaterThan(0.07);
    await stage.run(["agent", "resume", first.id, "Say more.", "--budget", "0.12"]);
    const second = await ended(first.id);
    expect(second, JSON.stringify(second.error)).toMatchObject({
      status: "completed",
      result: { text: "Second." },
    });
    expect(Number(second.cost_usd)).toBeGreaterThan(0.14);
  });

  test("is gone within two seconds once it is stopped", async () => {
    const before = stage.model.requests.length;
    stage.model.setScript(() => ({ hang: true }));
    const id = await spawnClaude("Never end.");
    await untilAsked(before, 1);
    expect(claudes()).toHaveLength(1);
    await stage.run(["agent", "stop", id]);
    await sleep(2_000);
    expect(claudes()).toEqual([]);
    expect(await stage.session(id)).toMatchObject({ status: "cancelled" });
  });
});
