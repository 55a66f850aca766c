import { describe, expect, test } from "vitest";
import { isOwnRead, toClaudeCall } from "../../../src/runners/external/claude/claude-calls.ts";
import { checkClaudeModel } from "../../../src/runners/external/claude/claude-models.ts";
import {
  readControlRequest,
  readCutControl,
  toControlAnswer,
} from "../../../src/runners/external/claude/claude-controls.ts";

const toWishes = (tool_name: string, input: object) =>
  toClaudeCall({ tool_name, tool_use_id: "t1", input }).wishes;

test.each([
  ["Bash", { command: "ls" }, { kind: "command", command: "ls" }],
  ["Read", { file_path: "/a" }, { kind: "read", path: "/a" }],
  ["Grep", { pattern: "x" }, { kind: "read", tool: "grep", path: "." }],
  ["Grep", { pattern: "x", path: "sub" }, { kind: "read", tool: "grep", path: "sub" }],
  ["Glob", { pattern: "**/*.ts" }, { kind: "read", tool: "glob", path: "./" }],
  ["Glob", { pattern: "/etc/*.conf" }, { kind: "read", tool: "glob", path: "/etc/" }],
  ["Glob", { pattern: "../*/x", path: "sub" }, { kind: "read", tool: "glob", path: "sub/../" }],
  ["Write", { file_path: "a" }, { kind: "write", path: "a" }],
  ["NotebookEdit", { notebook_path: "a" }, { kind: "write", tool: "edit_file", path: "a" }],
  ["WebFetch", { url: "https://a.b" }, { kind: "network", url: "https://a.b" }],
  ["mcp__x__y", {}, { kind: "rest", what: "Using mcp__x__y" }],
  ["Bash", { command: 7 }, { kind: "command", command: "" }],
])("%s with %o wishes for what it does", (tool, input, wish) => {
  expect(toWishes(tool, input)).toEqual([wish]);
});

test("a monitor is a command and an address, as far as it names them", () => {
  expect(toWishes("Monitor", { command: "tail -f a", ws: { url: "wss://a.b" } })).toEqual([
    { kind: "command", command: "tail -f a" },
    { kind: "network", url: "wss://a.b" },
  ]);
});

test("what claude has put aside for this session it may read, and nothing beside it", () => {
  const session = { id: "s-1", configDir: "/home/a/.claude" };
  const isOwn = (tool_name: string, file_path: string) =>
    isOwnRead(toClaudeCall({ tool_name, input: { file_path } }), session);
  expect(isOwn("Read", "/home/a/.claude/projects/-w/s-1/tool-results/x.txt")).toBe(true);
  expect(isOwn("Read", "/tmp/claude-0/-w/s-1/tasks/b.output")).toBe(true);
  expect(isOwn("Read", "/home/a/.claude/projects/-w/s-2/tool-results/x.txt")).toBe(false);
  expect(isOwn("Read", "/home/a/.claude/projects/s-1/../../.credentials.json")).toBe(false);
  expect(isOwn("Write", "/home/a/.claude/projects/-w/s-1/x")).toBe(false);
  expect(isOwn("Read", "/home/a/.claude/.credentials.json")).toBe(false);
});

const isFree = (): boolean => false;

describe("the control protocol", () => {
  test("knows an ask, answers what it does not know with an error, and leaves what has no id", () => {
    const request = { subtype: "can_use_tool", tool_name: "Bash", input: { command: "ls" } };
    expect(readControlRequest({ request_id: "r1", request }, isFree)).toMatchObject([
      { kind: "ask", id: "r1" },
    ]);
    const [unknown] = readControlRequest({ request_id: "r2", request: { subtype: "elicit" } }, isFree);
    expect(unknown).toMatchObject({
      kind: "write",
      text: expect.stringMatching(/"subtype":"error"/) as string,
    });
    expect(readControlRequest({ request }, isFree)).toEqual([]);
    expect(readControlRequest({ request_id: "r3", request: null }, isFree)).toMatchObject([
      { kind: "write" },
    ]);
  });

  test("refuses an ask of which only the beginning could be kept", () => {
    const text =
      '{"type":"control_request","request_id":"r-1","request":{"subtype":"can_use_tool","tool_name":"Wri';
    const [news] = readCutControl({ text, droppedCharacters: 9 });
    expect(news).toMatchObject({ kind: "write", text: expect.stringMatching(/"r-1".*"deny"/) as string });
    expect(readCutControl({ text, droppedCharacters: 0 })).toEqual([]);
    expect(readCutControl({ text: '{"type":"assistant"', droppedCharacters: 9 })).toEqual([]);
  });

  test("answers in one line, whatever is in the reason", () => {
    const line = toControlAnswer("r1", { kind: "deny", reason: "no\nnever" });
    expect(line.split("\n")).toHaveLength(2);
    expect(JSON.parse(line)).toMatchObject({
      response: { request_id: "r1", response: { message: "no\nnever" } },
    });
  });
});

test.each(["sonnet", "Opus", "claude-sonnet-4-6", "sonnet[1m]", "us.anthropic.claude-opus-4-1-v1:0"])(
  "%s is a model of claude",
  (model) => expect(() => checkClaudeModel(model)).not.toThrow(),
);

test.each(["gpt-4o", "", "sonet"])("%j is none, which is said before anything starts", (model) => {
  expect(() => checkClaudeModel(model)).toThrow(expect.objectContaining({ code: "unknown-model" }));
});
