import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FlowView } from "../../src/contract/flow-shapes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const pipeline = `name: pipeline
vars: { goal: a health check }
steps:
  - id: research
    task: Research {{ vars.goal }}
  - id: plan
    task: |
      Plan with this:
      {{ steps.research.result }}
  - id: implement
    task: "Implement: {{ steps.plan.result }}"
  - id: review
    task: "Review: {{ steps.implement.result }}"
`;

function write(stage: Stage, text: string, name = "flow.yaml"): void {
  writeFileSync(join(stage.workspace, name), text);
}

async function runJson(stage: Stage, args: readonly string[]): Promise<{ flow: FlowView; exitCode: number }> {
  const end = await stage.run([...args, "--json"]);
  expect(end.stdout, end.stderr).not.toBe("");
  return { flow: JSON.parse(end.stdout) as FlowView, exitCode: end.exitCode ?? -1 };
}

test.concurrent("S17: in a pipeline each step gets the whole result of the one before", async () => {
  await using stage = await createStage();
  write(stage, pipeline);
  const end = await stage.run(["run", "flow.yaml", "--var", "goal=metrics"]);
  expect(end.exitCode, end.stderr).toBe(0);
  const plan = "Plan with this:\ndone: Research metrics\n";
  expect(stage.model.requests.map(({ firstUserText }) => firstUserText)).toEqual([
    "Research metrics",
    plan,
    `Implement: done: ${plan}`,
    `Review: done: Implement: done: ${plan}`,
  ]);
  expect(end.stdout.trim()).toBe(`done: Review: done: Implement: done: ${plan}`.trim());
  expect(end.stderr).toContain("completed: review");
  const sessions = await stage.sessions();
  expect(sessions.map(({ name, labels }) => [name, labels["step"]])).toEqual(
    ["research", "plan", "implement", "review"].map((step) => [step, step]),
  );
});

test.concurrent("S17: a pipeline stops at the step that fails, and resumes there; what was finished is not run again", async () => {
  let broken = true;
  await using stage = await createStage({
    script: ({ firstUserText }) =>
      broken && firstUserText.startsWith("Implement") ? { status: 400 } : { text: `done: ${firstUserText}` },
  });
  write(stage, pipeline);
  const first = await runJson(stage, ["run", "flow.yaml"]);
  expect(first.exitCode).toBe(1);
  expect(first.flow.steps.map(({ status }) => status)).toEqual([
    "completed",
    "completed",
    "failed",
    "blocked",
  ]);
  expect(first.flow.reason).toContain("Step implement");
  const asked = stage.model.requests.length;
  broken = false;
  const second = await runJson(stage, ["flow", "resume", first.flow.id.slice(0, 8)]);
  expect(second.exitCode).toBe(0);
  expect(second.flow).toMatchObject({ status: "completed", lives: 2, degraded: false });
  expect(stage.model.requests.slice(asked).map(({ firstUserText }) => firstUserText.split(":")[0])).toEqual([
    "Implement",
    "Review",
  ]);
});

test.concurrent("an edited later step is run again on resume, the earlier ones are kept", async () => {
  await using stage = await createStage();
  write(stage, pipeline);
  const { flow } = await runJson(stage, ["run", "flow.yaml"]);
  write(stage, pipeline.replace('"Review: ', '"Review harder: '));
  const again = await runJson(stage, ["flow", "resume", flow.id, "-f", "flow.yaml"]);
  expect(again.flow.status).toBe("completed");
  expect(stage.model.requests).toHaveLength(5);
  expect(again.flow.result).toContain("Review harder");
});

const fanOut = `name: fan
defaults: { tools: [] }
steps:
  - id: plan
    task: Give parts
    schema: { type: object, properties: { parts: { type: array } }, required: [parts] }
  - id: parts
    foreach: "{{ steps.plan.result.parts }}"
    task: "Part {{ item }} of {{ index }}"
  - id: join
    task: "Join\\n{{ steps.parts.result }}"
`;

test.concurrent("S16: a failed part is named to the one who joins, and the answer says degraded", async () => {
  await using stage = await createStage({
    script({ firstUserText: text }) {
      if (text === "Give parts") return { text: '{"parts":["a","b","c"]}' };
      if (text.startsWith("Part b")) return { status: 400 };
      return { text: text.startsWith("Part") ? `found ${text}` : `joined: ${text}` };
    },
  });
  write(stage, fanOut);
  const { flow, exitCode } = await runJson(stage, ["run", "flow.yaml"]);
  expect(exitCode).toBe(0);
  expect(flow).toMatchObject({ status: "completed", degraded: true });
  expect(flow.missing).toMatchObject([{ step: "parts", item: 1, label: "b" }]);
  expect(flow.result).toContain("found Part a of 1");
  expect(flow.result).toContain("found Part c of 3");
  expect(flow.result).toMatch(/## Missing: 1\n\n- b \(session [0-9a-f]{8}\): failed/);
});

test.concurrent("a daemon that is killed goes on with its flow, and no finished session is run again", async () => {
  await using stage = await createStage({
    script: ({ firstUserText }) => ({ text: firstUserText, delayMs: 150 }),
  });
  const steps = Array.from({ length: 6 }, (_, index) =>
    index === 0
      ? `  - { id: s0, task: start }`
      : `  - { id: s${index}, task: "${index} {{ steps.s${index - 1}.result }}" }`,
  );
  write(stage, `steps:\n${steps.join("\n")}\n`);
  const detached = await stage.run(["run", "flow.yaml", "-d"]);
  const id = detached.stdout.trim();
  for (const count of [2, 4]) {
    await until(
      () => stage.model.requests.length,
      (found) => found >= count,
      10_000,
    );
    const { pid } = stage.discovery();
    process.kill(pid, "SIGKILL");
    await stage.untilReplaced(pid);
  }
  const flow = await until(
    async () => (await stage.rest(`/api/flows/${id}`)).json<FlowView>(),
    ({ status }) => status !== "running",
    20_000,
  );
  expect(flow).toMatchObject({ status: "completed", result: "5 4 3 2 1 start" });
  expect((await stage.sessions()).length).toBe(6);
  // A kill costs at most the one call that was in flight.
  expect(stage.model.requests.length).toBeLessThanOrEqual(8);
});

/** What is wrong in a flow, and what is said of it. */
const wrong: [string, RegExp][] = [
  ["steps: []\n", /flow\.yaml:1:8: steps.*no step/],
  [
    "steps:\n  - id: a\n    taks: x\n",
    /flow\.yaml:3:5: there is no key "taks" in steps\.0\. Did you mean task\?/,
  ],
  ["steps:\n  - id: a\n    task: x\n    needs: [b]\n", /flow\.yaml:4:13: .*no step "b"/],
  [
    "steps:\n  - { id: a, task: x, needs: [b] }\n  - { id: b, task: x, needs: [a] }\n",
    /wait for each other: a → b → a/,
  ],
  ["steps:\n  - { id: a, task: x }\n  - { id: a, task: y }\n", /two steps "a"/],
  ["steps:\n  - id: a\n    task: use {{ steps.b.result }}\n", /flow\.yaml:3:15: .*no step "b"/],
  ["steps:\n  - id: a\n    task: use {{ vars.goal }}\n", /--var goal=/],
  ["steps:\n  - id: a\n    task: use {{ item }}\n", /only a step with foreach/],
  ["steps:\n  - id: a\n    task: use {{ }}\n", /this is no name/],
  ["steps:\n  - { id: a, task: x, foreach: [1], copies: 2 }\n", /one of foreach, copies and team/],
  ["steps:\n  - { id: a, task: x, copies: 2, quorum: 3 }\n", /quorum is 3/],
  ["steps:\n  - { id: a, task: x, timeout: soon }\n", /must be a time/],
];

test.concurrent("a flow that is wrong is exit 2 with line and column, and nothing starts", async () => {
  await using stage = await createStage();
  for (const [text, says] of wrong) {
    write(stage, text);
    const end = await stage.run(["flow", "validate", "flow.yaml"]);
    expect(end.stderr, text).toMatch(says);
    expect(end.exitCode, text).toBe(2);
  }
  expect(stage.model.requests).toHaveLength(0);
});

/** Names that only the daemon knows to be wrong. */
const unknown: [string, string][] = [
  [
    "steps:\n  - { id: a, task: x }\n  - { id: b, task: x, provider: grok }\n",
    "flow.yaml:3:33: There is no provider",
  ],
  ["defaults:\n  provider: grok\nsteps:\n  - { id: a, task: x }\n", "flow.yaml:2:13: There is no provider"],
  ["steps:\n  - id: a\n    task: x\n    role: skeptik\n", "flow.yaml:4:11: There is no role"],
  ["steps:\n  - id: a\n    task: x\n    tools: [reed_file]\n", "flow.yaml:4:12: No tool is called"],
  ["steps:\n  - id: a\n    task: x\n    agent: codx\n", 'flow.yaml:4:12: Agent "codx" is not here'],
  ["- task: x\n- task: y\n  provider: grok\n", "flow.yaml:3:13: There is no provider"],
  ["sessions:\n  - task: y\n    tools: [reed_file]\n", "flow.yaml:3:12: No tool is called"],
];

test.concurrent("a name in a file that there is not is told with line and column too", async () => {
  await using stage = await createStage();
  for (const [text, says] of unknown) {
    write(stage, text);
    const end = await stage.run(["run", "flow.yaml", "--yes"]);
    expect([end.exitCode, end.stderr], text).toEqual([expect.any(Number), expect.stringContaining(says)]);
    expect(end.exitCode).toBeGreaterThan(1);
  }
  write(stage, unknown.at(-1)?.[0] ?? "");
  const spawned = await stage.run(["agent", "spawn", "-f", "flow.yaml"]);
  expect(spawned.stderr).toContain("flow.yaml:3:12: No tool is called");
  expect(stage.model.requests).toHaveLength(0);
});

test.concurrent("of a result of more than 32 KB the next step gets the start, and the artifact that has the whole", async () => {
  const long = "word ".repeat(8_000);
  await using stage = await createStage({
    script: ({ firstUserText }) => ({ text: firstUserText === "Write" ? long : "read" }),
  });
  const steps = [
    { id: "write", task: "Write" },
    { id: "read", task: "Read {{ steps.write.result }}" },
  ];
  write(stage, JSON.stringify({ steps }), "flow.json");
  const { flow } = await runJson(stage, ["run", "flow.json", "--yes"]);
  expect(flow).toMatchObject({ status: "completed", result: "read" });
  const [written] = await stage.sessions();
  const whole = `session ${written?.id.slice(0, 8)}, artifact ${written?.result?.artifacts[0]?.id}.`;
  const asked = stage.model.requests[1]?.firstUserText ?? "";
  expect(asked).toContain(`The whole is the result of ${whole}`);
  expect(asked.length).toBeLessThan(33_000);
});

test.concurrent("a step whose result never has its shape fails by name, and what was done before it is kept", async () => {
  await using stage = await createStage({ script: () => ({ text: "three, I think" }) });
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  const steps = [
    { id: "look", task: "Look" },
    { id: "count", task: "Count {{ steps.look.result }}", schema },
    { id: "tell", task: "Tell {{ steps.count.result.n }}" },
  ];
  write(stage, JSON.stringify({ steps }), "flow.json");
  const { flow, exitCode } = await runJson(stage, ["run", "flow.json", "--yes"]);
  expect(exitCode).toBe(1);
  expect(flow.steps.map(({ status }) => status)).toEqual(["completed", "failed", "blocked"]);
  expect(flow.reason).toMatch(/^Step count: .*(schema|shape)/);
  expect(flow.result).toBe("three, I think");
});

test("docs/flow.schema.json is what flow validate --schema prints", async () => {
  await using stage = await createStage();
  const shipped = readFileSync(join(import.meta.dirname, "../../docs/flow.schema.json"), "utf8");
  const printed = await stage.run(["flow", "validate", "--schema"]);
  expect(JSON.parse(printed.stdout)).toEqual(JSON.parse(shipped));
});

test.concurrent("gate, judge, vote and best-of-n: what does not pass is tried again, and one of many is picked", async () => {
  await using stage = await createStage({
    script({ firstUserText: text }) {
      if (text.startsWith("Best?"))
        return {
          text: JSON.stringify({ winner: text.indexOf("## Candidate 1\n\nblue") > 0 ? 1 : 2, reason: "x" }),
        };
      if (text.startsWith("Good?"))
        return { text: JSON.stringify({ pass: text.includes("better"), reason: "do better" }) };
      if (text.startsWith("Vote red")) return { text: "Red." };
      if (text.startsWith("Vote blue")) return { text: "blue" };
      return { text: text.includes("do better") ? "better" : "poor" };
    },
  });
  write(
    stage,
    `steps:
  - { id: work, task: Write, retry: 1, gate: { judge: "Good?" } }
  - { id: check, task: Write, gate: { command: "test 1 = 2" } }
  - { id: vote, pick: vote, team: [{ task: Vote red }, { task: Vote blue }, { task: Vote red again, weight: 0.5 }, { task: Vote blue too, weight: 2 }] }
  - { id: best, team: [{ task: Vote red }, { task: Vote blue }], pick: { judge: "Best?" } }
`,
  );
  const { flow, exitCode } = await runJson(stage, ["run", "flow.yaml"]);
  expect(exitCode).toBe(1);
  expect(flow.steps.map(({ id, status }) => [id, status])).toEqual([
    ["work", "completed"],
    ["check", "failed"],
    ["vote", "completed"],
    ["best", "completed"],
  ]);
  expect(flow.result).toContain("# work\n\nbetter");
  expect(flow.result).toContain("# vote\n\nblue");
  expect(flow.result).toContain("# best\n\nblue");
  expect(flow.reason).toContain("did not pass its gate: test 1 = 2: exit code 1");
  const body = { flow: { steps: [{ id: "a", task: "x", gate: { command: "true" } }] } };
  expect((await stage.rest("/api/flows", { body })).status).toBe(403);
});

test.concurrent("a flow is cancelled with its sessions, and resumes; --dry-run starts nothing; list and show tell of it", async () => {
  let isSlow = true;
  await using stage = await createStage({
    script: ({ firstUserText }) => ({ text: firstUserText, delayMs: isSlow ? 20_000 : 0 }),
  });
  write(stage, pipeline);
  const dry = await stage.run(["run", "flow.yaml", "--dry-run"]);
  expect(dry.stderr).toContain("4 steps, 4 sessions");
  const id = (await stage.run(["run", "flow.yaml", "-d"])).stdout.trim();
  await until(
    () => stage.model.inFlight,
    (count) => count === 1,
    5_000,
  );
  const cancelled = await stage.run(["flow", "cancel", id.slice(0, 8)]);
  expect(cancelled.exitCode, cancelled.stderr).toBe(0);
  expect((await stage.sessions()).map(({ status }) => status)).toEqual(["cancelled"]);
  expect((await stage.run(["flow", "cancel", id])).exitCode).toBe(2);
  isSlow = false;
  expect((await stage.run(["flow", "resume", id])).exitCode).toBe(0);
  const list = await stage.run(["flow", "list"]);
  expect(list.stdout).toMatch(/completed +pipeline/);
  const shown = await stage.run(["flow", "show", id.slice(0, 8)]);
  expect(shown.stdout).toMatch(/└── completed {2}review/);
  expect((await stage.run(["flow", "show", "ffffffff"])).exitCode).toBe(5);
});
