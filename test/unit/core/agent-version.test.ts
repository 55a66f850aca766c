import { expect, test } from "vitest";
import { findLeastVersion, findTooOld } from "../../../src/core/agent-version.ts";

const least = findLeastVersion("claude") ?? "";
const [major = 0, minor = 0, patch = 0] = least.split(".").map(Number);

test.each([
  [`${major}.${minor}.${patch - 1} (Claude Code)`, true],
  [`${major}.${minor - 1}.999`, true],
  [`${major - 1}.99.99`, true],
  [`${least} (Claude Code)`, false],
  [`${major}.${minor + 1}.0`, false],
  [`v${major + 1}.0.0-beta.1`, false],
  ["a build of my own", false],
  ["", false],
  [null, false],
])("of a claude that says %j it is known that it is too old: %s", (version, isTooOld) => {
  expect(findTooOld("claude", version) !== undefined).toBe(isTooOld);
});

test("what is said names what is there, what is needed and what to type", () => {
  expect(findTooOld("claude", "1.0.3 (Claude Code)")).toEqual({
    detail: `claude 1.0.3 is too old: ${least} or newer is needed.`,
    hint: expect.stringContaining("npm i -g @anthropic-ai/claude-code@latest") as string,
  });
});

test("nothing is known of a program of the user's own", () => {
  expect(findTooOld("reviewer", "0.0.1")).toBeUndefined();
});

test.each([
  ["claude", "2.0.99 (Claude Code)"],
  ["codex", "codex-cli 0.168.9"],
  ["gemini", "0.60.4"],
  ["opencode", "1.17.99"],
])("%s has a least version, and %s is before it", (agent, older) => {
  expect(findTooOld(agent, older)?.hint).toContain("npm i -g");
  expect(findTooOld(agent, findLeastVersion(agent) ?? "")).toBeUndefined();
});
