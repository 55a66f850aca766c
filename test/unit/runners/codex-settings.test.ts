import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hasCodexLogin, readCodexServers } from "../../../src/runners/external/codex/codex-login.ts";
import { createCodexAsks } from "../../../src/runners/external/codex/codex-asks.ts";
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
