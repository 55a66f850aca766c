import { existsSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentListView } from "../../../src/contract/agent-operations.ts";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { until } from "../../support/e2e/until.ts";
import { toRecords, toText } from "../../support/model-server/json.ts";
import type { Reply } from "../../support/model-server/reply.ts";
import { findAgent } from "../pinned-agents.ts";

const { title, program = "" } = findAgent("codex");
const withinMs = 50_000;
const model = "gpt-5.2";
// The temporary folder, in which the stage is, is one that its commands may write to.
const outside = `/opt/profclaw-exec-outside-${process.pid}`;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  const shim = `#!/bin/sh\n[ "$1" = app-server ] && exit 2\nexec "${program}" "$@"\n`;
  writeFileSync(join(stage.root, "bin", "codex"), shim, { mode: 0o755 });
  await stage.run(["up"]);
});
afterAll(() => stage.close());

async function run(task: string, more: object = {}): Promise<SessionView> {
  const { sessions } = await stage.spawn({ sessions: [{ task, agent: "codex", model, ...more }] });
  const [session] = await stage.untilEnded(
    sessions.map(({ id }) => id),
    withinMs,
  );
  if (session === undefined) throw new Error("there is no session");
  return session;
}

const shell = (cmd: string): Reply => ({ toolCalls: [{ name: "exec_command", input: { cmd } }] });

describe.runIf(program !== "")(`${title} whose app-server does not start`, () => {
  test("is known to be run by exec", async () => {
    const { agents } = (await stage.rest("/api/agents")).json<AgentListView>();
    expect(agents.find(({ name }) => name === "codex")).toMatchObject({ status: "ready", by: "exec" });
  });

  test("has our tools in the session's own name, a sandbox and no key in its commands, and is booked at what it used", async () => {
    const before = stage.model.requests.length;
    const replies: Reply[] = [
      shell(`echo made > made.txt; touch ${outside}; echo $PROFCLAW_SESSION_ID [$OPENAI_API_KEY]; sleep 1`),
      { toolCalls: [{ name: "distill", namespace: "mcp__profclaw", input: { text: "The sky is blue" } }] },
      { text: "I have looked." },
    ];
    stage.model.setScript(({ turn }) => replies[turn] ?? {});
    const session = await run("Look at the sky.", { append_system: 'Be "brief".' });
    expect(session).toMatchObject({ status: "completed", turns: 3, result: { text: "I have looked." } });
    expect(existsSync(join(stage.workspace, "made.txt"))).toBe(true);
    expect(existsSync(outside)).toBe(false);
    const requests = stage.model.requests.slice(before);
    expect(requests[1]?.toolResults[0]?.text).toContain(`${session.id} []`);
    expect(requests[2]?.toolResults[0]?.text).toContain(`"author_cid":"${session.id}"`);
    expect(JSON.stringify(requests[0]?.body)).toContain(String.raw`Be \"brief\".`);
    const groups = toRecords(requests[0]?.body["tools"]).map(({ name }) => toText(name));
    expect(groups).toContain("mcp__profclaw");
    const given = Object.values(stage.model.tokensGiven())[0];
    const { inputTokens: input_tokens, outputTokens: output_tokens } = given ?? {};
    expect(session.usage).toMatchObject({ input_tokens, output_tokens });
    expect(Number(session.cost_usd)).toBeGreaterThan(0);
  });

  test("at level deny its commands write nothing, also when it goes on", async () => {
    const replies: Reply[] = [
      shell("touch first.txt; sleep 1"),
      { text: "tried" },
      shell("touch second.txt; sleep 1"),
      { text: "tried again" },
    ];
    let calls = 0;
    stage.model.setScript(() => replies[calls++] ?? {});
    const { id } = await run("Write.", { permission_mode: "deny" });
    const resumed = await stage.run(["agent", "resume", id, "Once more."]);
    expect(resumed.stdout, resumed.stderr).toContain("tried again");
    const results = stage.model.requests.flatMap(({ toolResults }) => toolResults.map(({ text }) => text));
    expect(results.filter((text) => /Read-only file system|denied/i.test(text)).length).toBeGreaterThan(1);
    const made = ["first.txt", "second.txt"].map((name) => existsSync(join(stage.workspace, name)));
    expect(made).toEqual([false, false]);
  });

  test("goes on in its thread, is forked with all that was said, and each is booked at what is new", async () => {
    stage.model.setScript(({ lastUserText, messages }) => ({
      text: `${lastUserText} / ${JSON.stringify(messages).includes("the secret word")}`,
      usage: { inputTokens: 1_000, outputTokens: 100 },
    }));
    const first = await run("Remember the secret word.");
    const resumed = await stage.run(["agent", "resume", first.id, "And now?"]);
    expect(resumed.stdout, resumed.stderr).toContain("And now? / true");
    const forked = await stage.run(["agent", "fork", first.id, "And elsewhere?"]);
    expect(forked.stdout, forked.stderr).toContain("And elsewhere? / true");
    const all = await stage.sessions();
    const copy = all.find(({ forked_from }) => forked_from?.id === first.id);
    const source = all.find(({ id }) => id === first.id);
    expect(source).toMatchObject({ turns: 2, usage: { input_tokens: 2_000, output_tokens: 200 } });
    expect(copy?.cost_usd).toBe(first.cost_usd);
  });

  test("gives an answer in the asked shape, and says why it failed", async () => {
    stage.model.setScript(() => ({ text: '{"verdict":"fine"}' }));
    const schema = { type: "object", properties: { verdict: { type: "string" } } };
    const session = await run("Judge.", { schema, effort: "low" });
    expect(session.result?.structured).toEqual({ verdict: "fine" });
    expect(stage.model.requests.at(-1)?.body["text"]).toMatchObject({
      format: { type: "json_schema", strict: true },
    });
    expect(stage.model.requests.at(-1)?.body["reasoning"]).toMatchObject({ effort: "low" });
    stage.model.setScript(() => ({ status: 401, error: { message: "not today" } }));
    expect(await run("Try.")).toMatchObject({ status: "failed", error: { code: "agent-not-logged-in" } });
  });

  test("what it keeps of a session goes with that, and what a copy needs of it stays", async () => {
    stage.model.setScript(({ lastUserText, messages }) => ({
      text: `${lastUserText} / ${JSON.stringify(messages).includes("of old")}`,
    }));
    const rollouts = (): string[] =>
      globSync(join(stage.state, "codex/{sessions,archived_sessions}/**/*.jsonl"));
    const before = rollouts();
    const { id: lone } = await run("Nobody copies me.");
    const { id: source } = await run("Something of old.");
    await stage.run(["agent", "fork", source, "Go on."]);
    const copy = (await stage.sessions()).find(({ forked_from }) => forked_from?.id === source)?.id ?? "";
    const kept = rollouts().length - before.length;
    await stage.run(["agent", "rm", lone, source]);
    await stage.run(["down"]);
    await stage.run(["up"]);
    await until(rollouts, (left) => left.length === before.length + kept - 1, 10_000);
    const resumed = await stage.run(["agent", "resume", copy, "And now?"]);
    expect(resumed.stdout, resumed.stderr).toContain("And now? / true");
  });
});
