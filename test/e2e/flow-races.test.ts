import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { FlowView } from "../../src/contract/flow-shapes.ts";
import { readFlow, untilFlowIsOver } from "../support/e2e/read-flow.ts";
import { createStage } from "../support/e2e/stage.ts";

const steps = [
  {
    id: "many",
    foreach: Array.from({ length: 20 }, (_, index) => index),
    task: "item {{ item }}",
    tools: [],
    gate: { judge: "Good?" },
  },
  { id: "check", needs: ["many"], task: "check", tools: [], gate: { command: "sleep 1; true" } },
  { id: "end", task: "end {{ steps.many.result }} {{ steps.check.result }}", tools: [] },
];

test("a fan-out with judges and a command that is killed again and again has each session once; of two resumes one goes", async () => {
  await using stage = await createStage({
    script: ({ firstUserText: text }) => ({
      text: text.startsWith("Good?") ? JSON.stringify({ pass: true, reason: "" }) : text.slice(0, 30),
      delayMs: 100,
    }),
  });
  writeFileSync(join(stage.workspace, "flow.json"), JSON.stringify({ steps }));
  const id = (await stage.run(["run", "flow.json", "-d", "--yes"])).stdout.trim();
  for (let kills = 0; kills < 6 && (await readFlow(stage, id)).status === "running"; kills += 1) {
    await sleep(Math.random() * 600);
    process.kill(stage.discovery().pid, "SIGKILL");
    await stage.run(["up"]);
  }
  expect(await untilFlowIsOver(stage, id)).toMatchObject({ status: "completed", degraded: false });
  expect(await stage.sessions()).toHaveLength(20 + 20 + 1 + 1);
  const token = stage.token();
  const resume = { body: {}, token };
  const answers = await Promise.all([1, 2].map(() => stage.rest(`/api/flows/${id}/resume`, resume)));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  await untilFlowIsOver(stage, id);
  expect(await stage.sessions()).toHaveLength(42);
}, 120_000);

test("the same key is one flow, however many send it at once; with another body it is refused", async () => {
  await using stage = await createStage();
  await stage.run(["up"]);
  const body = { flow: { steps: [{ id: "a", task: "x" }] }, idempotency_key: "k" };
  const answers = await Promise.all([1, 2, 3].map(() => stage.rest("/api/flows", { body })));
  expect(new Set(answers.map((answer) => answer.json<FlowView>().id)).size).toBe(1);
  expect((await stage.rest("/api/flows", { body: { ...body, cwd: "/" } })).status).toBe(422);
  await untilFlowIsOver(stage, answers[0]?.json<FlowView>().id ?? "");
  expect(await stage.sessions()).toHaveLength(1);
});
