import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killHard } from "../support/e2e/processes.ts";
import { createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";

const steps = [
  { id: "find", agent: "finder", foreach: ["auth", "api"], task: "look at {{ item }}" },
  { id: "sum", task: "Sum up:\n{{ steps.find.result }}" },
  { id: "file", agent: "finder", task: "file {{ steps.sum.result }}" },
];

test("a flow's steps are a program of the user's own and the built-in agent alike, also when its daemon is killed", async () => {
  await using stage = await createStage({
    script: ({ firstUserText }) => ({ text: `two of them: ${/found/.test(firstUserText)}` }),
  });
  const runs = join(stage.workspace, "runs.txt");
  const script = `echo "$1" >> runs.txt; sleep 1; echo "found in $1"`;
  const agents = { finder: { command: ["sh", "-c", script, "finder", "{task}"], level: "auto" } };
  mkdirSync(stage.state, { mode: 0o700 });
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  writeFileSync(join(stage.workspace, "flow.json"), JSON.stringify({ steps }));
  const running = stage.start(["run", "flow.json", "--yes", "--json"]);
  await until(
    () => readRuns(runs),
    (lines) => lines.length === 2,
  );
  killHard(stage.discovery().pid);
  const { exitCode, stdout, stderr } = await running.ended;
  expect(exitCode, stderr).toBe(0);
  const flow = JSON.parse(stdout) as { status: string; result: string; degraded: boolean };
  expect(flow).toMatchObject({ status: "completed", degraded: false });
  expect(flow.result.trim()).toBe("found in file two of them: true");
  expect(readRuns(runs).toSorted()).toEqual(["file two of them: true", "look at api", "look at auth"]);
  expect(stage.model.requests).toHaveLength(1);
});

function readRuns(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}
