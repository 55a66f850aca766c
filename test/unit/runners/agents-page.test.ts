import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentWays } from "../../../src/runners/external/agent-book.ts";
import { pinnedAgents } from "../../agents/pinned-agents.ts";
import { type AgentRow, cutPage, readRows, renderPage, renderWays } from "../../agents/table/render-table.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/agents.md"), "utf8");
const shape = [
  /^[a-z]+$/,
  /\d+\.\d+\.\d+/,
  /^\w+$/,
  /^\d+\.\d\d s$/,
  /^\d+ MB$/,
  /^\d+\.\d MB$/,
  /^2\d{3}-\d\d-\d\d$/,
];
const note = ["Measured here."];
const row: AgentRow = {
  name: "claude",
  version: "9.9.9",
  level: "deny",
  startMs: 1_234,
  treeMb: 1_000.4,
  oursMb: 15.55,
  measured: "2026-07-01",
};

test("docs/agents.md says of each agent what the code says today", () => {
  const { block } = cutPage(page);
  expect(block, "npm run agents:table -- --ways").toContain(`\n${renderWays(agentWays).join("\n")}\n`);
});

test("docs/agents.md has a row of figures for each agent that is pinned, of the version that is pinned", () => {
  const rows = readRows(cutPage(page).block);
  for (const cells of rows) {
    expect(cells).toHaveLength(shape.length);
    expect(cells).toEqual(shape.map((pattern) => expect.stringMatching(pattern)));
  }
  const measured = Object.fromEntries(rows.map(([name = "", version = ""]) => [name, version]));
  for (const [name, { version }] of Object.entries(pinnedAgents)) {
    if (Object.hasOwn(agentWays, name)) expect(measured[name], "npm run agents:table").toContain(version);
  }
});

test("a row measured anew takes the old one's place, the others stay, one of no agent goes", () => {
  const ways = { claude: agentWays.claude, other: agentWays.claude };
  const empty = `# Page\n\n${page.slice(page.indexOf("<!-- agents:begin"), page.indexOf("\n", page.indexOf("<!-- agents:begin")))}\n<!-- agents:end -->\nafter`;
  const rows = ["other", "gone", "claude"].map((name) => ({ ...row, name }));
  const first = renderPage(empty, rows, { ways: { ...ways, gone: ways.other }, note });
  const second = renderPage(first, [{ ...row, version: "10.0.0" }], { ways, note: null });
  expect(readRows(cutPage(second).block)).toEqual([
    ["claude", "10.0.0", "deny", "1.23 s", "1000 MB", "15.6 MB", "2026-07-01"],
    ["other", "9.9.9", "deny", "1.23 s", "1000 MB", "15.6 MB", "2026-07-01"],
  ]);
  expect(second).toMatch(/^# Page\n[^]*Measured here\.[^]*after$/);
  expect(renderPage(second, [], { ways, note: null })).toBe(second);
});

test("a page without the two marks is refused with what to write", () => {
  expect(() => cutPage("# Page")).toThrow(/agents:begin.*\n.*agents:end/);
  expect(() => cutPage("<!-- agents:end -->")).toThrow(/once each/);
});
