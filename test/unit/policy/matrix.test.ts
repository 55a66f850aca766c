import { describe, expect, test } from "vitest";
import type { Action, Decision } from "../../../src/policy/action.ts";
import type { LevelName } from "../../../src/policy/levels.ts";
import { judge, scopeOf } from "./scope-fixture.ts";

type Kind = Decision["kind"];

const actions: Record<string, Action> = {
  "read inside": { kind: "read", path: "/work/app/src/a.ts" },
  "read outside": { kind: "read", path: "/srv/other/a.ts" },
  "write inside": { kind: "write", path: "/work/app/src/a.ts" },
  "write outside": { kind: "write", path: "/srv/other/a.ts" },
  "listed command": { kind: "bash", command: "git status" },
  "unlisted command": { kind: "bash", command: "npm install" },
  "listed host": { kind: "network", host: "Docs.Example.com." },
  "unlisted host": { kind: "network", host: "evil.example.com" },
  sessions: { kind: "sessions" },
  rest: { kind: "rest", what: "Opening a viewer" },
};

const table: Record<string, Record<LevelName, Kind>> = {
  "read inside": {
    deny: "allow",
    allowlist: "allow",
    acceptEdits: "allow",
    ask: "allow",
    auto: "allow",
    full: "allow",
  },
  "read outside": {
    deny: "deny",
    allowlist: "deny",
    acceptEdits: "deny",
    ask: "ask",
    auto: "ask",
    full: "allow",
  },
  "write inside": {
    deny: "deny",
    allowlist: "deny",
    acceptEdits: "allow",
    ask: "ask",
    auto: "allow",
    full: "allow",
  },
  "write outside": {
    deny: "deny",
    allowlist: "deny",
    acceptEdits: "deny",
    ask: "ask",
    auto: "ask",
    full: "allow",
  },
  "listed command": {
    deny: "deny",
    allowlist: "allow",
    acceptEdits: "allow",
    ask: "allow",
    auto: "allow",
    full: "allow",
  },
  "unlisted command": {
    deny: "deny",
    allowlist: "deny",
    acceptEdits: "deny",
    ask: "ask",
    auto: "ask",
    full: "allow",
  },
  "listed host": {
    deny: "deny",
    allowlist: "allow",
    acceptEdits: "allow",
    ask: "ask",
    auto: "allow",
    full: "allow",
  },
  "unlisted host": {
    deny: "deny",
    allowlist: "deny",
    acceptEdits: "deny",
    ask: "ask",
    auto: "ask",
    full: "allow",
  },
  sessions: {
    deny: "allow",
    allowlist: "allow",
    acceptEdits: "allow",
    ask: "allow",
    auto: "allow",
    full: "allow",
  },
  rest: { deny: "deny", allowlist: "deny", acceptEdits: "deny", ask: "ask", auto: "ask", full: "allow" },
};

const rows = Object.entries(table).flatMap(([name, cells]) =>
  Object.entries(cells).map(([level, kind]) => [name, level as LevelName, kind] as const),
);

describe("the levels table", () => {
  test.each(rows)("%s at %s: %s", (name, level, kind) => {
    const action = actions[name];
    if (action === undefined) throw new Error(`no action ${name}`);
    expect(judge(action, scopeOf(level, { hosts: ["docs.example.com"] })).kind).toBe(kind);
  });
});

type Tools = "named" | "unnamed" | "named with a write tool" | "unnamed with a write tool" | "not named";

const sessionTools: Record<Tools, { tools: string[]; toolsNamed: boolean }> = {
  named: { tools: ["read_file", "test_run"], toolsNamed: true },
  unnamed: { tools: ["read_file", "test_run"], toolsNamed: false },
  "named with a write tool": { tools: ["edit_file", "test_run"], toolsNamed: true },
  "unnamed with a write tool": { tools: ["write_file", "test_run"], toolsNamed: false },
  "not named": { tools: ["read_file"], toolsNamed: true },
};

const testRunTable: Record<LevelName, Record<Tools, Kind>> = {
  deny: {
    named: "deny",
    unnamed: "deny",
    "named with a write tool": "deny",
    "unnamed with a write tool": "deny",
    "not named": "deny",
  },
  allowlist: {
    named: "allow",
    unnamed: "deny",
    "named with a write tool": "deny",
    "unnamed with a write tool": "deny",
    "not named": "deny",
  },
  acceptEdits: {
    named: "allow",
    unnamed: "deny",
    "named with a write tool": "deny",
    "unnamed with a write tool": "deny",
    "not named": "deny",
  },
  ask: {
    named: "ask",
    unnamed: "ask",
    "named with a write tool": "ask",
    "unnamed with a write tool": "ask",
    "not named": "ask",
  },
  auto: {
    named: "allow",
    unnamed: "allow",
    "named with a write tool": "ask",
    "unnamed with a write tool": "ask",
    "not named": "allow",
  },
  full: {
    named: "allow",
    unnamed: "allow",
    "named with a write tool": "allow",
    "unnamed with a write tool": "allow",
    "not named": "allow",
  },
};

const testRunRows = Object.entries(testRunTable).flatMap(([level, cells]) =>
  Object.entries(cells).map(([tools, kind]) => [level as LevelName, tools as Tools, kind] as const),
);

describe("the test_run column", () => {
  test.each(testRunRows)("at %s with test_run %s: %s", (level, tools, kind) => {
    const action: Action = { kind: "test-run", path: "/work/app" };
    expect(judge(action, scopeOf(level, sessionTools[tools])).kind).toBe(kind);
  });

  test("bash counts as a write tool only where it may run anything", () => {
    const action: Action = { kind: "test-run", path: "/work/app" };
    const tools = { tools: ["bash", "test_run"], toolsNamed: true };
    const scope = scopeOf("auto", tools);
    expect(judge(action, scope).kind).toBe("allow");
    expect(judge(action, { ...scope, grants: { ...scope.grants, bash: "yes" } }).kind).toBe("ask");
  });

  test("tests outside the workspace are running code that nobody allowed", () => {
    const action: Action = { kind: "test-run", path: "/srv/other" };
    expect(judge(action, scopeOf("allowlist", sessionTools.named)).kind).toBe("deny");
    expect(judge(action, scopeOf("auto", sessionTools.named)).kind).toBe("ask");
  });

  test("a refusal says what and why", () => {
    const decision = judge(
      { kind: "test-run", path: "/work/app" },
      scopeOf("allowlist", sessionTools.unnamed),
    );
    expect(decision).toMatchObject({
      kind: "deny",
      reason: expect.stringContaining("without test_run in the session's list"),
    });
  });
});
