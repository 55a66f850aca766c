import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BatchView, SessionView } from "../../src/contract/shapes.ts";
import type { FlowView } from "../../src/contract/flow-shapes.ts";
import type { ModelScript } from "../support/model-server/reply.ts";
import { createStage } from "../support/e2e/stage.ts";

const parts = ["auth", "billing", "search"].map((name) => ({ name, task: `Look at ${name} {{ vars.x }}` }));

const script: ModelScript = ({ firstUserText: text }) => {
  if (text.startsWith("Divide this task")) return { text: JSON.stringify({ parts }) };
  if (text.startsWith("Look at billing")) return { status: 400 };
  if (text.startsWith("Look at")) return { text: `looked: ${text.split("\n")[0]}` };
  return { text: `joined: ${text}` };
};

test.concurrent("S16: run fanout plans, spawns a session for each part, and joins; a part that failed is named, the answer degraded", async () => {
  await using stage = await createStage({ script });
  const end = await stage.run(["run", "fanout", "Review {{ all }} of it", "--json"]);
  expect(end.exitCode, end.stderr).toBe(0);
  const flow = JSON.parse(end.stdout) as FlowView;
  expect(flow).toMatchObject({
    status: "completed",
    degraded: true,
    missing: [{ label: "billing", item: 1 }],
  });
  expect(flow.steps.map(({ id, status }) => [id, status])).toEqual([
    ["plan", "completed"],
    ["parts", "degraded"],
    ["synthesis", "completed"],
  ]);
  expect(flow.result).toContain("Review {{ all }} of it");
  expect(flow.result).toContain("## 1. auth\n\nlooked: Look at auth {{ vars.x }}");
  expect(flow.result).toMatch(/## Missing: 1\n\n- billing/);
  expect(end.stderr).toContain("part: search");
  const planners = stage.model.requests.filter(({ firstUserText }) => firstUserText.startsWith("Divide"));
  expect(planners).toHaveLength(1);
  expect(stage.model.violations).toEqual([]);
});

test.concurrent("a plan of many parts asks before it is paid for: off a terminal exit 7, and only the planner has run", async () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ name: `p${index}`, task: "x" }));
  await using stage = await createStage({ script: () => ({ text: JSON.stringify({ parts: many }) }) });
  const end = await stage.run(["run", "fanout", "All of it"]);
  expect(end.exitCode, end.stderr).toBe(7);
  expect(end.stderr).toContain("--yes");
  expect(stage.model.requests).toHaveLength(1);
});

test.concurrent("S16: agent spawn --synthesize prints the results and one answer; --json is the batch with its synthesis", async () => {
  await using stage = await createStage({ script });
  const tasks = ["--task", "Look at auth {{ x }}", "--task", "Look at billing"];
  const end = await stage.run([
    "agent",
    "spawn",
    ...tasks,
    "--synthesize",
    "One list of {{ all }}",
    "--json",
  ]);
  expect(end.exitCode, end.stderr).toBe(0);
  const batch = JSON.parse(end.stdout) as BatchView & { sessions: SessionView[] };
  expect(batch.sessions.map(({ status }) => status)).toEqual(["completed", "failed"]);
  expect(batch.synthesis).toMatchObject({ degraded: true, missing: [{ id: batch.sessions[1]?.id }] });
  expect(batch.synthesis?.text).toContain("joined: One list of {{ all }}");
  expect(batch.synthesis?.text).toContain("looked: Look at auth {{ x }}");
  writeFileSync(join(stage.workspace, "team.yaml"), "- task: Look at auth\n- task: Look at search\n");
  const team = await stage.run(["agent", "spawn", "-f", "team.yaml", "--synthesize", "All"]);
  expect(team.exitCode, team.stderr).toBe(0);
  expect(team.stdout).toContain("== synthesis\njoined: All");
});

test.concurrent("200 results of 20,000 characters still fit: each is named, shortened, and said where its whole is", async () => {
  await using stage = await createStage({
    script: ({ firstUserText: text }) =>
      text.startsWith("Long") ? { text: `${text} ${"x".repeat(20_000)}` } : { text: "short" },
  });
  const steps = [
    {
      id: "many",
      foreach: Array.from({ length: 200 }, (_, index) => index),
      task: "Long {{ item }}",
      tools: [],
    },
    { id: "join", task: "Join {{ steps.many.result }}", tools: [] },
  ];
  writeFileSync(join(stage.workspace, "flow.json"), JSON.stringify({ steps }));
  const end = await stage.run(["run", "flow.json", "--yes"], {
    env: { POOL_MAX_CONCURRENT: "50", PROFCLAW_MODE: "pro" },
    withinMs: 60_000,
  });
  expect(end.exitCode, end.stderr).toBe(0);
  const asked = stage.model.requests.at(-1)?.firstUserText ?? "";
  expect(asked.length).toBeLessThan(200_000);
  for (const index of [0, 99, 199])
    expect(asked).toMatch(new RegExp(`## ${index + 1}\\. ${index}\n\nLong ${index} x`));
  expect(asked.match(/The whole is the result of session [0-9a-f]{8}/g)).toHaveLength(200);
}, 90_000);
