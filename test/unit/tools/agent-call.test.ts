import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentCall, AgentWish } from "../../../src/core/agent-call.ts";
import { parseLevel } from "../../../src/policy/levels.ts";
import { type AgentVerdict, judgeAgentCall, toPlacedCall } from "../../../src/tools/agent-call.ts";
import { defaultRules } from "../../../src/tools/decide-call.ts";

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "profclaw-agent-call-"));
});

afterEach(() => rmSync(cwd, { recursive: true }));

function toCall(...wishes: AgentWish[]): AgentCall {
  return { toolCallId: "c1", tool: "Theirs", input: { some: "thing" }, wishes };
}

function judge(level: string, ...wishes: AgentWish[]): Promise<AgentVerdict> {
  const { grants } = parseLevel(level);
  const context = { cwd, grants, tools: [], toolsNamed: false, protectedPaths: [join(cwd, "state")] };
  return judgeAgentCall(toCall(...wishes), { context, rules: defaultRules() });
}

test.each<[string, AgentWish, AgentVerdict["kind"]]>([
  ["auto", { kind: "command", command: "ls" }, "allow"],
  ["auto", { kind: "command", command: "make" }, "ask"],
  ["allowlist", { kind: "command", command: "make" }, "deny"],
  ["deny", { kind: "command", command: "ls" }, "deny"],
  ["full", { kind: "command", command: "make" }, "allow"],
  ["auto", { kind: "write", path: "a.txt" }, "allow"],
  ["ask", { kind: "write", path: "a.txt" }, "ask"],
  ["auto", { kind: "write", path: ".git/config" }, "deny"],
  ["full", { kind: "write", path: "state/token" }, "deny"],
  ["auto", { kind: "read", path: "/etc/hostname" }, "ask"],
  ["full", { kind: "read", path: "~/.ssh/id_rsa" }, "deny"],
  ["auto", { kind: "network", url: "https://example.com/a" }, "ask"],
  ["full", { kind: "network", url: "not an address" }, "allow"],
  ["auto", { kind: "network", url: "not an address" }, "ask"],
  ["allowlist", { kind: "rest", what: "Using Theirs" }, "deny"],
])("at %s an agent's %o is judged as a call of our own: %s", async (level, wish, kind) => {
  mkdirSync(join(cwd, "state"));
  expect((await judge(level, wish)).kind).toBe(kind);
});

test("a command in another folder is judged as one that goes there first", async () => {
  mkdirSync(join(cwd, "sub"));
  expect(await judge("auto", { kind: "command", command: "ls", cwd: join(cwd, "sub") })).toEqual({
    kind: "allow",
  });
  const asked = await judge("auto", { kind: "command", command: "cat a", cwd: homedir() });
  expect(asked.kind).toBe("ask");
});

test("a link in the workspace counts as what it leads to, and a search over protected files is no plain read", async () => {
  symlinkSync("/etc", join(cwd, "link"));
  expect((await judge("auto", { kind: "read", path: "link/hostname" })).kind).toBe("ask");
  mkdirSync(join(cwd, "state"));
  expect(await judge("auto", { kind: "read", tool: "grep", path: "." })).toMatchObject({
    kind: "ask",
    asking: { tool: "grep", rules: [] },
  });
  expect((await judge("deny", { kind: "read", tool: "grep", path: "." })).kind).toBe("deny");
});

test("of several wishes the strictest word counts, and a rule for good needs one for each that asks", async () => {
  const both = await judge("ask", { kind: "write", path: "a" }, { kind: "write", path: "b" });
  expect(both).toMatchObject({ kind: "ask", asking: { tool: "write_file" } });
  if (both.kind === "ask") expect(both.asking.rules).toHaveLength(2);
  const mixed = await judge("ask", { kind: "write", path: "a" }, { kind: "rest", what: "More" });
  expect(mixed).toMatchObject({ kind: "ask", asking: { tool: "Theirs", rules: [] } });
  const refused = await judge("ask", { kind: "write", path: "a" }, { kind: "write", path: ".git/x" });
  expect(refused.kind).toBe("deny");
  expect((await judge("auto")).kind).toBe("ask");
});

async function hashOf(path: string): Promise<string> {
  const verdict = await judge("ask", { kind: "write", path });
  return verdict.kind === "ask" ? verdict.asking.sha256 : "";
}

test("its hash is over the real paths too, and who judges it from elsewhere sees the same files", async () => {
  expect(await hashOf("a")).not.toBe(await hashOf("b"));
  expect(toPlacedCall(toCall({ kind: "write", path: "a" }), "/w").wishes).toEqual([
    { kind: "write", path: "/w/a" },
  ]);
});
