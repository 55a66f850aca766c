import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readFlow, untilFlowIsOver } from "../support/e2e/read-flow.ts";
import { createStage } from "../support/e2e/stage.ts";

/** `PROFCLAW_FLOW_KILLS=200 npx vitest run test/e2e/flow-kills.test.ts` for the figure. */
const kills = Number(process.env["PROFCLAW_FLOW_KILLS"] ?? 6);
const stepCount = 50;

test(`kill -9 at ${kills} points of a 50-step flow: no finished step is run again, and the answer is the same`, async () => {
  await using stage = await createStage({
    script: ({ firstUserText }) => ({ text: `${firstUserText.length}`, delayMs: 40 }),
  });
  const steps = Array.from({ length: stepCount }, (_, index) => ({
    id: `s${index}`,
    task: index === 0 ? "start" : `${index} after {{ steps.s${index - 1}.result }}`,
    tools: [],
  }));
  writeFileSync(join(stage.workspace, "flow.json"), JSON.stringify({ steps }));
  let [done, rounds] = [0, 0];
  while (done < kills) {
    const id = (await stage.run(["run", "flow.json", "-d", "--yes"])).stdout.trim();
    const asked = stage.model.requests.length;
    let killed = 0;
    for (; done < kills; done += 1, killed += 1) {
      await sleep(20 + Math.random() * 500);
      const flow = await readFlow(stage, id);
      if (flow.status !== "running") break;
      process.kill(stage.discovery().pid, "SIGKILL");
      await stage.run(["up"]);
    }
    const flow = await untilFlowIsOver(stage, id);
    // "start" is 5 characters long, "1 after 5" 9, "2 after 9" 9, "10 after 9" 10, "11 after 10" 11 …
    expect(flow).toMatchObject({ status: "completed", result: "11" });
    const sessions = (await stage.sessions()).filter(({ labels }) => labels["flow"] === id.slice(0, 8));
    expect(sessions).toHaveLength(stepCount);
    expect(sessions.every(({ status, turns }) => status === "completed" && turns === 1)).toBe(true);
    // Each kill costs at most the one call that was in flight.
    expect(stage.model.requests.length - asked).toBeLessThanOrEqual(stepCount + killed);
    rounds += 1;
  }
  expect(rounds).toBeGreaterThan(0);
}, 900_000);
