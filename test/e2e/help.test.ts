import { expect, test } from "vitest";
import { commandTable } from "../../src/cli/command-table.ts";
import { createStage } from "../support/e2e/stage.ts";

const enoughMs = 150;
const mostTries = 8;

/** The best of some tries, because other processes may have the machine; the first that is good enough. */
async function toBestMs(run: () => Promise<{ ms: number }>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < mostTries && best >= enoughMs; tries += 1)
    best = Math.min(best, (await run()).ms);
  return best;
}

test("the help of every command is there within 150 ms", async () => {
  await using stage = await createStage();
  const helps = ["", ...commandTable.map(({ name }) => name)];
  for (const name of helps) {
    const ms = await toBestMs(() => stage.run([...name.split(" ").filter(Boolean), "--help"]));
    expect(ms, `profclaw ${name} --help`).toBeLessThan(enoughMs);
  }
}, 120_000);
