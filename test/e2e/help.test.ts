import { expect, test } from "vitest";
import { commandTable } from "../../src/cli/command-table.ts";
import { toBestMs } from "../support/best-of.ts";
import { createStage } from "../support/e2e/stage.ts";

const enoughMs = 150;

test("the help of every command is there within 150 ms, or thrice a bare Node's start where that is slow", async () => {
  await using stage = await createStage();
  const bareMs = await toBestMs(0, async () => (await stage.shell(`"${process.execPath}" -e 0`)).ms);
  const allowedMs = Math.max(enoughMs, 3 * bareMs);
  const helps = ["", ...commandTable.map(({ name }) => name)];
  for (const name of helps) {
    const words = [...name.split(" ").filter(Boolean), "--help"];
    const ms = await toBestMs(enoughMs, async () => (await stage.run(words)).ms);
    expect(ms, `profclaw ${name} --help`).toBeLessThan(allowedMs);
  }
}, 120_000);
