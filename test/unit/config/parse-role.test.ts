import { expect, test } from "vitest";
import { parseRole } from "../../../src/config/parse-role.ts";

function parse(text: string) {
  return parseRole({ path: "/p/.claude/agents/reviewer.md", name: "reviewer", source: "user", text });
}

function roleOf(text: string) {
  const parsed = parse(text);
  if (parsed.kind !== "role") throw new Error(parsed.detail);
  return parsed;
}

test("an agent file of another program is a role: its body the stance, its tools and model by our names", () => {
  const text =
    "---\nname: code-reviewer\ndescription: Reviews code.\ntools: Read, Grep, mcp__x__y, Task\nmodel: haiku\ncolor: red\n---\n\nBe strict.\n";
  expect(roleOf(text)).toEqual({
    kind: "role",
    warnings: ["/p/.claude/agents/reviewer.md: no tool here is called mcp__x__y; left out."],
    role: {
      name: "code-reviewer",
      description: "Reviews code.",
      source: "user",
      path: "/p/.claude/agents/reviewer.md",
      stance: "Be strict.",
      provider: "anthropic",
      model: "claude-haiku-4-5",
      tools: ["read_file", "grep", "sessions_spawn"],
      effort: null,
      permissionMode: null,
    },
  });
});

test("our own words do as well, and what is left out is nobody's wish", () => {
  const { role } = roleOf(
    "---\nprovider: groq\nmodel: llama-3.3-70b-versatile\ntools: [bash]\neffort: high\npermission_mode: ask\n---\r\nX",
  );
  expect(role).toMatchObject({
    name: "reviewer",
    provider: "groq",
    model: "llama-3.3-70b-versatile",
    tools: ["bash"],
    effort: "high",
    permissionMode: "ask",
  });
  expect(roleOf("---\nmodel: inherit\n---\nX").role).toMatchObject({ model: null, tools: null });
});

test("a file without a head is a stance", () => {
  expect(roleOf("Only words.\n---\nmore").role).toMatchObject({
    name: "reviewer",
    stance: "Only words.\n---\nmore",
  });
});

test.each([
  ["---\nname: [a\n---\nX", /^\/p\/\.claude\/agents\/reviewer\.md:\d+:\d+: /],
  ["---\neffort: extreme\n---\nX", /reviewer\.md:2:9: effort /],
  ["---\nname: a b\n---\nX", /reviewer\.md:2:7: name must be letters/],
  ["---\nmodel: opus\ntools:\n  - Read\n  - 3\n---\nX", /reviewer\.md:\d+:\d+: tools/],
  ["---\n- a\n- b\n---\nX", /reviewer\.md:2:1: /],
])("a head that makes no sense is told with its place: %j", (text, said) => {
  const parsed = parse(text);
  expect(parsed.kind === "fault" && parsed.detail).toMatch(said);
});

test("aliases that multiply are refused, and a huge stance is cut and said", () => {
  const bomb = `---\na: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f", "g"].map((key, at) => `${key}: &${key} [${`*${"abcdef"[at] ?? "a"},`.repeat(9)}x]`).join("\n")}\n---\nX`;
  expect(() => parse(bomb)).not.toThrow();
  expect(parse(bomb).kind).toBe("fault");
  const { role, warnings } = roleOf("y".repeat(100_000));
  expect(role.stance).toHaveLength(32_768);
  expect(warnings).toEqual(["/p/.claude/agents/reviewer.md: cut after 32768 characters."]);
});
