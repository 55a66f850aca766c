import { join } from "node:path";
import { fillState } from "../test/unit/daemon/full-state.ts";
import type { Figure } from "./figure.ts";
import { toMedian } from "./process-figures.ts";
import { openStage } from "./stage.ts";

const onRecord = 10_000;
const turns = 5;
const rounds = 7;

/** What a person waits for where ten thousand sessions have ended: the built bin, from its start to its end. */
export async function measureRecord(): Promise<Figure[]> {
  await using stage = openStage({ ANTHROPIC_API_KEY: "bench" });
  const home = stage.env["PROFCLAW_HOME"] ?? "";
  await fillState({
    database: join(home, "profclaw.db"),
    artifacts: join(home, "artifacts"),
    cwd: stage.workspace,
    ended: onRecord,
    running: 0,
    turns,
  });
  stage.run("up");
  const commands = [
    ["agent", "sessions"],
    ["agent", "sessions", "-a"],
    ["agent", "sessions", "-a", "--tree"],
    ["cost", "--month"],
    ["cost", "--month", "--by", "label"],
    ["cost", "--month", "--by", "tree"],
  ];
  // A row for each of them: two megabytes of answer.
  const unbounded = [["cost", "--month", "--by", "session"]];
  return [...commands, ...unbounded].map((words) => {
    const times = Array.from({ length: rounds }, () => stage.run(...words).ms);
    return {
      name: `\`profclaw ${words.join(" ")}\`, ${onRecord} on record`,
      value: toMedian(times),
      unit: "ms",
      ...(commands.includes(words) ? { below: 300 } : {}),
      note: `${onRecord * turns} calls in the ledger; at most ${Math.max(...times).toFixed(0)} ms`,
    };
  });
}
