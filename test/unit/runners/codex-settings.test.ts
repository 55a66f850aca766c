import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { McpServer } from "../../../src/config/mcp-servers.ts";
import type { Grants } from "../../../src/core/grants.ts";
import { hasCodexLogin, readCodexServers } from "../../../src/runners/external/codex/codex-login.ts";
import { createCodexAsks } from "../../../src/runners/external/codex/codex-asks.ts";
import { toCodexServers } from "../../../src/runners/external/codex/codex-servers.ts";
import { toCodexFault } from "../../../src/runners/external/codex/judge-codex.ts";
import { toStrictSchema } from "../../../src/runners/external/codex/strict-schema.ts";

function createHome(): string {
  const home = mkdtempSync(join(tmpdir(), "profclaw-codex-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  return home;
}

test("the servers of a config.toml are found in tables, quoted names and dotted keys, each once", () => {
  const file = join(createHome(), "config.toml");
  expect(readCodexServers(file)).toEqual([]);
  writeFileSync(
    file,
    [
      'model = "x"',
      "[mcp_servers.one]",
      'command = "a"',
      "[mcp_servers.one.env]",
      'A = "[mcp_servers.not]"',
      '[ mcp_servers . "two words" ]',
      "[mcp_servers.'three']",
      'mcp_servers.four.command = "b"',
      "# [mcp_servers.five]",
    ].join("\n"),
  );
  expect(readCodexServers(file)).toEqual(["one", "two words", "three", "four"]);
});

test("a login is one with tokens or a key in auth.json; anything else is none", () => {
  const home = createHome();
  const isLogin = (text: string): boolean => {
    writeFileSync(join(home, "auth.json"), text);
    return hasCodexLogin(home);
  };
  expect(hasCodexLogin(home)).toBe(false);
  expect([isLogin('{"tokens":{"a":1}}'), isLogin('{"OPENAI_API_KEY":"k"}')]).toEqual([true, true]);
  const none = ['{"tokens":null}', '{"OPENAI_API_KEY":""}', "{", "[]", ""];
  expect(none.map(isLogin)).toEqual(none.map(() => false));
});

test("a schema goes out closed and with all of it required, at every depth, and a property of any name stays one", () => {
  const schema = {
    type: "object",
    properties: {
      items: { type: "array", items: { type: "object", properties: { a: { type: "number" } } } },
      properties: { type: "string" },
      either: { anyOf: [{ type: "object", properties: {} }, { type: "null" }] },
    },
    required: ["items"],
  };
  expect(toStrictSchema(schema)).toEqual({
    type: "object",
    additionalProperties: false,
    required: ["items", "properties", "either"],
    properties: {
      items: {
        type: "array",
        items: {
          type: "object",
          properties: { a: { type: "number" } },
          additionalProperties: false,
          required: ["a"],
        },
      },
      properties: { type: "string" },
      either: {
        anyOf: [
          { type: "object", properties: {}, additionalProperties: false, required: [] },
          { type: "null" },
        ],
      },
    },
  });
});

const grants = { reads: "yes", writes: "yes", testRun: "yes", bash: "list", network: "list", rest: "ask" };
const words: McpServer = {
  name: "words",
  source: "config.yaml",
  timeoutMs: null,
  kind: "stdio",
  command: "w",
  args: ["a"],
  env: { K: "v" },
  cwd: "/srv",
};
const toServers = (cwd: string, codexHome: string, servers: McpServer[]): unknown =>
  toCodexServers({
    session: { cwd, grants: grants as Grants, mcpServers: ["words"] },
    codexHome,
    servers,
  });

test("a session's servers are in its thread and ask; those of codex's own settings and of a repository are off", () => {
  const [home, cwd] = [createHome(), createHome()];
  mkdirSync(join(cwd, ".codex"));
  writeFileSync(join(home, "config.toml"), '[mcp_servers.mine]\ncommand = "x"\n[mcp_servers.profclaw]\n');
  writeFileSync(join(cwd, ".codex", "config.toml"), '[mcp_servers.evil]\ncommand = "x"\n');
  const asks = { default_tools_approval_mode: "prompt", enabled: true };
  expect(toServers(cwd, home, [words])).toEqual({
    mine: { enabled: false },
    evil: { enabled: false },
    words: { command: "w", args: ["a"], env: { K: "v" }, cwd: "/srv", ...asks },
  });
});

test("a server that codex itself reads from its settings stays as it is there, and asks whatever they say of its tools", () => {
  const home = createHome();
  const own = join(home, "config.toml");
  writeFileSync(
    own,
    '[mcp_servers.words]\ncommand = "w"\n[mcp_servers.words.tools.echo]\napproval_mode = "approve"\n',
  );
  expect(toServers(home, home, [{ ...words, source: own }])).toEqual({
    words: {
      default_tools_approval_mode: "prompt",
      tools: { echo: { approval_mode: "prompt" } },
      enabled: true,
    },
  });
});

test("a server under the name of one of the repository's is refused: codex would mix them", () => {
  const cwd = createHome();
  mkdirSync(join(cwd, ".codex"));
  writeFileSync(join(cwd, ".codex", "config.toml"), '[mcp_servers.words]\nenv = { LD_PRELOAD = "x" }\n');
  expect(() => toServers(cwd, cwd, [words])).toThrow("codex would mix MCP server words");
});

test("leave for a server's tool is asked and answered in the words of its ask; what a server itself asks gets a no", () => {
  const asks = createCodexAsks();
  asks.note({ type: "mcpToolCall", id: "item-1", server: "words", tool: "echo" });
  const take = (id: number, more: object) =>
    asks.take({
      kind: "request",
      id,
      method: "mcpServer/elicitation/request",
      params: { serverName: "words", requestedSchema: { type: "object", properties: {} }, ...more },
    });
  const leave = { codex_approval_kind: "mcp_tool_call", tool_name: "echo", tool_params: { word: "a" } };
  expect(take(1, { _meta: leave })).toMatchObject({
    kind: "ask",
    id: "1",
    call: {
      toolCallId: "item-1",
      tool: "mcp__words__echo",
      input: { word: "a" },
      wishes: [{ kind: "rest" }],
    },
  });
  const said = (kind: "allow" | "deny"): unknown =>
    JSON.parse(asks.answer("1", kind === "allow" ? { kind } : { kind, reason: "no" }));
  expect(said("allow")).toMatchObject({ id: 1, result: { action: "accept", content: {}, _meta: null } });
  expect(said("deny")).toMatchObject({ id: 1, result: { action: "decline", content: null } });
  const wantsKey = { requestedSchema: { type: "object", properties: { key: { type: "string" } } } };
  for (const more of [{}, { _meta: leave, ...wantsKey }, { _meta: { ...leave, tool_name: 7 } }]) {
    expect(take(2, more)).toMatchObject({
      kind: "write",
      text: expect.stringContaining("decline") as string,
    });
  }
  expect(JSON.parse(asks.answer("7", { kind: "allow" }))).toMatchObject({ result: { decision: "accept" } });
});

test.each([
  ["/bin/bash -lc 'rm -rf x; ls'", "rm -rf x; ls"],
  ["/bin/bash -lc ls", "ls"],
  ['/bin/bash -lc "echo \\"a\\" \'b\' \\$HOME"', "echo \"a\" 'b' $HOME"],
  // Quoted in a way that is not one word: all of it is judged.
  ['/bin/bash -lc "echo $(rm x)"', '/bin/bash -lc "echo $(rm x)"'],
  ["/bin/bash -lc 'ls' 'x'", "/bin/bash -lc 'ls' 'x'"],
  ["/bin/bash -lc ls; rm x", "/bin/bash -lc ls; rm x"],
  ["rm x", "rm x"],
])("of %s the command %s is judged", (command, judged) => {
  const params = { itemId: "i", command, cwd: "/w" };
  const news = createCodexAsks().take({
    kind: "request",
    id: 1,
    method: "item/commandExecution/requestApproval",
    params,
  });
  expect(news).toMatchObject({
    kind: "ask",
    call: { wishes: [{ kind: "command", command: judged, cwd: "/w" }] },
  });
});

test.each([
  [
    { message: "x", codexErrorInfo: { responseStreamConnectionFailed: { httpStatusCode: 401 } } },
    "agent-not-logged-in",
  ],
  [{ message: "unexpected status 401 Unauthorized: bad" }, "agent-not-logged-in"],
  [{ message: "x", codexErrorInfo: { httpConnectionFailed: { httpStatusCode: 500 } } }, "agent-failed"],
  [{ message: '{"error":{"message":"said inside"}}', codexErrorInfo: "other" }, "agent-failed"],
  [{}, "agent-failed"],
])("an error %j is told as %s", (error, code) => {
  const fault = toCodexFault(error);
  expect(fault.code).toBe(code);
  expect(fault.detail).not.toMatch(/undefined|\{"error/);
});
