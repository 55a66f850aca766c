import { expect, test } from "vitest";
import { readServers } from "../../../../src/config/mcp-servers.ts";
import { hashText, toToolName, withoutWords } from "../../../../src/tools/mcp/server-text.ts";

test("tools of any name get one that every provider takes, and different ones stay different", () => {
  expect(toToolName("git-hub", "search")).toBe("mcp__git-hub__search");
  const names = ["a.b", "a/b", "a b", "a_b", "x".repeat(90), `${"x".repeat(90)}y`, "日本", "ｘ"];
  const made = names.map((name) => toToolName("s", name));
  expect(new Set(made).size).toBe(names.length);
  for (const name of made) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
});

test("a schema without words keeps properties that are called like keywords", () => {
  const schema = {
    type: "object",
    description: "hidden",
    properties: { description: { type: "string", description: "hidden", default: "hidden" } },
    anyOf: [{ title: "hidden", type: "object" }],
  };
  expect(withoutWords(schema)).toEqual({
    type: "object",
    properties: { description: { type: "string" } },
    anyOf: [{ type: "object" }],
  });
});

test("any change of what a tool says of itself is another text", () => {
  const tool = { name: "a", description: "b", inputSchema: { type: "object" } };
  const others = [
    { ...tool, name: "c" },
    { ...tool, description: "b " },
    { ...tool, inputSchema: { type: "object", title: "t" } },
  ];
  expect(new Set([tool, ...others].map(hashText)).size).toBe(4);
});

test("entries are read with their variables, ours is left out, and each fault names its entry", () => {
  const entries = {
    files: { command: "npx", args: ["-y", "${PKG:-files}"], env: { A: "${HOME}" } },
    web: { type: "http", url: "https://example.com/${MISSING}" },
    old: { type: "sse", url: "https://example.com" },
    us: { command: "/usr/bin/profclaw", args: ["mcp"] },
    a__b: { command: "x" },
    none: 7,
  };
  const read = readServers(entries, { source: "f.json", env: { HOME: "/h" } });
  expect(read.servers).toEqual([
    {
      name: "files",
      source: "f.json",
      timeoutMs: null,
      kind: "stdio",
      command: "npx",
      args: ["-y", "files"],
      env: { A: "/h" },
    },
  ]);
  expect(read.faults.map((fault) => fault.split(" of ")[0])).toEqual(["web", "old", "a__b", "none"]);
  const plain = readServers({ p: { command: "${KEY}" } }, { source: "f", env: null });
  expect(plain.servers).toMatchObject([{ command: "${KEY}" }]);
});
