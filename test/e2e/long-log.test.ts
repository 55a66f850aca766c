import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { fillLongLog } from "../support/long-log.ts";

function readPeakMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

/** Follows a log of so many entries to its living end, then has the session stopped. */
async function follow(entries: number) {
  await using stage = await createStage({ script: () => ({ hang: true }) });
  const id = await fillLongLog(stage.state, { entries, cwd: stage.workspace });
  await stage.run(["up"]);
  const tail = await stage.run(["agent", "logs", "--tail", "3", "--json", id]);
  const following = stage.start(["agent", "logs", "-f", id], { withinMs: 60_000 });
  const lines = await until(
    () => following.stdout.split("\n").length - 1,
    (count) => count >= entries,
    50_000,
  );
  const peakMb = readPeakMb(following.pid);
  await stage.run(["agent", "stop", id]);
  const end = await following.ended;
  return { lines, peakMb, end, tail };
}

test.runIf(process.platform === "linux")(
  "a log of 200,000 entries is followed in the memory of one of 2,000, and to its end",
  async () => {
    const short = await follow(2_000);
    const long = await follow(200_000);
    expect(long.lines).toBeGreaterThanOrEqual(200_000);
    expect(long.end.exitCode).toBe(0);
    expect(long.end.stdout).toMatch(/cancelled/);
    expect(long.peakMb - short.peakMb, `${short.peakMb} MB, ${long.peakMb} MB`).toBeLessThan(40);
    const seqs = long.tail.stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toHaveLength(3);
    expect(seqs[0]).toBeGreaterThanOrEqual(199_998);
    // It reads the end of the log, not all of it.
    expect(long.tail.ms).toBeLessThan(short.tail.ms + 1_000);
  },
  120_000,
);
