import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";

test("of twenty siblings one goes ahead, and what they have in common is the same to the byte and most of the input", async () => {
  await using stage = await createStage({ script: () => ({ text: "ok", delayMs: 200 }) });
  writeFileSync(join(stage.workspace, "AGENTS.md"), "Notes of the project. ".repeat(300));
  const steps = [
    { id: "many", foreach: Array.from({ length: 20 }, (_, index) => index), task: "Part {{ item }}" },
  ];
  writeFileSync(join(stage.workspace, "flow.json"), JSON.stringify({ steps }));
  const end = await stage.run(["run", "flow.json", "--yes"]);
  expect(end.exitCode, end.stderr).toBe(0);
  const requests = stage.model.requests.toSorted((a, b) => a.startedAt - b.startedAt);
  expect(requests).toHaveLength(20);
  const [first, second] = requests;
  expect(first?.concurrency).toBe(1);
  expect(second?.startedAt).toBeGreaterThanOrEqual(first?.endedAt ?? Infinity);
  expect(stage.model.maxConcurrent).toBeGreaterThan(5);
  // What a provider keeps: all that stands before the first thing that differs, tools and system text first.
  const texts = requests.map(({ body }) => toCached(body));
  const [head = ""] = texts;
  expect(new Set(texts).size).toBe(1);
  const whole = requests.reduce((sum, { body }) => sum + JSON.stringify(body).length, 0);
  expect((head.length * 19) / whole).toBeGreaterThan(0.8);
});

function toCached(body: unknown): string {
  const { system, tools } = body as { system?: unknown; tools?: unknown };
  return JSON.stringify([tools, system]);
}
