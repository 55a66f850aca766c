import { createColors } from "picocolors";
import { expect, test } from "vitest";
import { renderSessionTable } from "../../../src/cli/session-table.ts";
import { renderForest, toForest } from "../../../src/cli/session-tree.ts";
import { renderLiveFrame } from "../../../src/cli/spawn/live-view.ts";
import { toTextWidth } from "../../../src/cli/text-width.ts";
import { sampleId, sampleNowMs, sampleSession } from "./sample-session.ts";

const colors = createColors(false);
const sessions = [
  sampleSession({ activity: "npm test" }),
  sampleSession({ id: sampleId("5e6f7a8b"), status: "completed", task: "漢字".repeat(60), cost_usd: null }),
  sampleSession({ id: sampleId("0c0c0c0c"), status: "queued", started_at: null, task: "a\u001b[31m\nb" }),
];

test.each([40, 80, 200])("a table of sessions keeps within %i columns", (width) => {
  const lines = renderSessionTable(sessions, { colors, width, nowMs: sampleNowMs });
  expect(lines).toHaveLength(4);
  for (const line of lines) expect(toTextWidth(line)).toBeLessThanOrEqual(width);
  expect(lines[1]).toContain("1a2b3c4d");
  expect(lines[1]).toContain("running");
});

test("a wide table says all, a narrow one what matters", () => {
  const look = { colors, nowMs: sampleNowMs };
  const [wideTitle, wideRow] = renderSessionTable(sessions, { ...look, width: 200 });
  expect(wideTitle).toMatch(/ID +STATUS +MODEL +TURNS +COST +TIME +AGE +TASK/);
  expect(wideRow).toContain("anthropic/claude-sonnet-4-6");
  expect(wideRow).toContain("[npm test]");
  const [narrowTitle] = renderSessionTable(sessions, { ...look, width: 40 });
  expect(narrowTitle).toMatch(/^ID +STATUS .*TASK$/);
});

test("an unknown price is said, and what a model wrote is plain", () => {
  const text = renderSessionTable(sessions, { colors, width: 200, nowMs: sampleNowMs }).join("\n");
  expect(text).toContain("unpriced");
  expect(text).toContain("a b");
  expect(text).not.toContain("\u001b");
});

test("colour changes no width", () => {
  const look = { width: 80, nowMs: sampleNowMs };
  const painted = renderSessionTable(sessions, { ...look, colors: createColors(true) }).join("\n");
  const plain = renderSessionTable(sessions, { ...look, colors }).join("\n");
  expect(painted).not.toBe(plain);
  // oxlint-disable-next-line no-control-regex -- the colours that were added
  expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
});

test.each([40, 80, 200])("the live table stays inside a terminal of %i columns and 10 rows", (columns) => {
  const many = Array.from({ length: 60 }, (_, index) =>
    sampleSession({
      id: sampleId(String(index).padStart(8, "0")),
      status: index > 50 ? "running" : "queued",
    }),
  );
  const frame = renderLiveFrame({
    interruptHint: "Ctrl-C detaches, they go on",
    sessions: many,
    size: { columns, rows: 10 },
    nowMs: sampleNowMs,
    sinceMs: sampleNowMs - 1_000,
    colors,
  });
  const lines = frame.split("\n");
  expect(lines.length).toBeLessThan(10);
  for (const line of lines) expect(toTextWidth(line)).toBeLessThan(columns);
  expect(frame).toContain("running");
  expect(frame).toContain("and 54 more");
});

test("a tree shows who spawned whom, below the batch of a person", () => {
  const parent = sampleSession({ task: "Parent" });
  const child = (short: string, task: string) =>
    sampleSession({
      id: sampleId(short),
      parent_id: parent.id,
      batch_id: sampleId("bbbbbbbb"),
      task,
      depth: 1,
    });
  const grandchild = sampleSession({
    id: sampleId("dddddddd"),
    parent_id: sampleId("cccccccc"),
    task: "Deep",
  });
  // Newest first, as the list gives them.
  const listed = [grandchild, child("eeeeeeee", "Second"), child("cccccccc", "First"), parent];
  const text = renderForest(toForest(listed), { colors, width: 80, nowMs: sampleNowMs });
  expect(text.split("\n")).toEqual([
    "batch 9f8e7d6c  1 session",
    "└── 1a2b3c4d  running      Parent  (4.0s)",
    "    ├── cccccccc  running      First  (4.0s)",
    "    │   └── dddddddd  running      Deep  (4.0s)",
    "    └── eeeeeeee  running      Second  (4.0s)",
  ]);
});

test("a session whose parent is not listed is a root", () => {
  const orphan = sampleSession({ parent_id: sampleId("ffffffff") });
  expect(toForest([orphan])).toEqual([{ session: orphan, children: [] }]);
});
