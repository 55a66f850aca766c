import { expect, test } from "vitest";
import { renderEndReport } from "../../../src/cli/spawn/end-report.ts";
import type { BatchView } from "../../../src/contract/shapes.ts";
import { sampleId, sampleSession } from "./sample-session.ts";

const counts = {
  queued: 0,
  running: 0,
  waiting: 0,
  completed: 1,
  failed: 2,
  cancelled: 0,
  interrupted: 0,
  timed_out: 0,
};
const batch: BatchView = {
  id: "9f8e7d6c-0000-4000-8000-000000000000",
  status: "failed",
  counts,
  usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
  cost_usd: "0.02",
  budget: null,
  synthesis: null,
  created_at: "2026-07-01T10:00:00.000Z",
  ended_at: "2026-07-01T10:00:04.000Z",
  links: {},
};
const worktree = { folder: "/repo/.claude/worktrees/a", branch: "a", base: "0".repeat(40), origin: "/repo" };
const done = sampleSession({ status: "completed", worktree });
const refused = sampleSession({
  id: sampleId("5e6f7a8b"),
  status: "failed",
  reason: "worktree",
  error: { code: "worktree-setup-failed", detail: "It ended with 1." },
  worktree,
});
const neverStarted = sampleSession({
  id: sampleId("6c7d8e9f"),
  status: "cancelled",
  started_at: null,
  worktree,
});

test("only those are said to have a worktree, and a diff, that got one", () => {
  const lines = renderEndReport(batch, [refused, neverStarted, done]);
  expect(lines).toContain("  each in a worktree of /repo: 1a2b3c4d");
  expect(lines.join("\n")).toContain("profclaw agent diff 1a2b3c4d");
  expect(lines).toContain("  5e6f7a8b failed (worktree-setup-failed): profclaw agent logs 5e6f7a8b");
  expect(renderEndReport(batch, [refused, neverStarted]).join("\n")).not.toContain("agent diff");
});
