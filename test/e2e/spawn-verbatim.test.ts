import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";

const command = `profclaw agent spawn \\
  --count 3 \\
  --task "Review the authentication module for security issues" \\
  --task "Check test coverage for the API routes" \\
  --task "Audit environment variable usage"`;

const tasks = [
  "Review the authentication module for security issues",
  "Check test coverage for the API routes",
  "Audit environment variable usage",
];

test("S4: the document's command runs three sessions on a machine where no daemon ever ran", async () => {
  await using stage = await createStage();
  const end = await stage.shell(command);
  expect(end.exitCode, end.stderr).toBe(0);
  for (const task of tasks) expect(end.stdout).toContain(`done: ${task}`);
  expect(stage.model.requests.map((request) => request.firstUserText).toSorted()).toEqual(tasks.toSorted());
  const sessions = await stage.sessions();
  expect(sessions.map(({ task, status }) => ({ task, status }))).toEqual(
    tasks.map((task) => ({ task, status: "completed" })),
  );
  expect(`${end.stdout}${end.stderr}`).not.toContain("\u001b");
  const again = await stage.shell(command);
  expect(again.exitCode, again.stderr).toBe(0);
  expect(await stage.sessions()).toHaveLength(6);
  expect(stage.model.violations).toEqual([]);
});
