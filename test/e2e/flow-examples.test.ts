import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { FlowView } from "../../src/contract/flow-shapes.ts";
import { teamYaml } from "../support/e2e/document-commands.ts";
import { createStage } from "../support/e2e/stage.ts";
import { readFileSync } from "node:fs";

function toPath(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

test.concurrent("examples/team.yaml holds the document's team, and runs", async () => {
  await using stage = await createStage();
  const sessions = teamYaml.slice(teamYaml.indexOf("- provider"));
  expect(readFileSync(toPath("team.yaml"), "utf8")).toContain(sessions);
  const end = await stage.run(["run", toPath("team.yaml")]);
  expect(end.exitCode, end.stderr).toBe(0);
  expect(await stage.sessions()).toHaveLength(2);
});

test.concurrent("examples/pipeline.yaml: research, plan, implement, review, each with the one before", async () => {
  await using stage = await createStage();
  const end = await stage.run(["run", toPath("pipeline.yaml"), "--var", "goal=Add metrics", "--json"]);
  expect(end.exitCode, end.stderr).toBe(0);
  const flow = JSON.parse(end.stdout) as FlowView;
  expect(flow.steps.map(({ id, status }) => `${id} ${status}`)).toEqual(
    ["research", "plan", "implement", "review"].map((id) => `${id} completed`),
  );
  // Each task holds the answers of all before it.
  expect(flow.result?.match(/done: /g)).toHaveLength(4);
});

test.concurrent("examples/fan-out.yaml: a plan, its parts side by side, one answer", async () => {
  await using stage = await createStage({
    script: ({ firstUserText: text }) => ({
      text: text.startsWith("Divide") ? '{"parts":["src/auth","src/api"]}' : `done: ${text}`,
    }),
  });
  const end = await stage.run(["run", toPath("fan-out.yaml")]);
  expect(end.exitCode, end.stderr).toBe(0);
  expect(end.stdout).toContain("## 1. src/auth");
  expect(end.stdout).toContain("## 2. src/api");
});

test.concurrent("examples/best-of.yaml: what does not pass its gate is tried again, and the judge's pick is the result", async () => {
  let tries = 0;
  await using stage = await createStage({
    script({ firstUserText: text }) {
      if (text.startsWith("Does the work")) {
        return { text: JSON.stringify({ pass: !text.includes("try 1"), reason: "too short" }) };
      }
      if (text.startsWith("Which of")) return { text: JSON.stringify({ winner: 2, reason: "clear" }) };
      tries += 1;
      return { text: `try ${tries}` };
    },
  });
  const end = await stage.run(["run", toPath("best-of.yaml"), "--json"]);
  expect(end.exitCode, end.stderr).toBe(0);
  const flow = JSON.parse(end.stdout) as FlowView;
  expect(flow.result).toMatch(/^try [234]$/);
  expect(tries).toBe(4);
});
