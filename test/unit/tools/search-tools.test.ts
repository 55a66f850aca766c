import { mkdir, symlink, writeFile } from "node:fs/promises";
import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { createGlobMatcher } from "../../../src/tools/glob-match.ts";
import { callTool, createWorkspace, textOf } from "./tool-fixture.ts";

const tree = {
  ".gitignore": "node_modules/\n*.log\n",
  ".git/config": "needle",
  ".github/ci.yml": "needle",
  "src/a.ts": "first\nneedle one\n",
  "src/deep/b.tsx": "needle two needle\n",
  "src/with blank.md": "nothing",
  "debug.log": "needle",
  "node_modules/x/c.ts": "needle",
  "protected/key.ts": "needle secret",
};

describe("glob", () => {
  test("finds by name at any depth, sorted, without what git ignores", async () => {
    const { context } = await createWorkspace(tree);
    expect(await textOf(context, "glob", { pattern: "*.ts" })).toBe("src/a.ts");
    expect(await textOf(context, "glob", { pattern: "**/*.{ts,tsx,yml}" })).toBe(
      ".github/ci.yml\nsrc/a.ts\nsrc/deep/b.tsx",
    );
    expect(await textOf(context, "glob", { pattern: "**/*" })).not.toMatch(
      /node_modules|\.log|\.git\/|protected/,
    );
  });

  test("below a path, its answers can be used as they are", async () => {
    const { context } = await createWorkspace(tree);
    expect(await textOf(context, "glob", { pattern: "*.tsx", path: "src/deep" })).toBe("src/deep/b.tsx");
    expect(await textOf(context, "glob", { pattern: "src/*", path: "src" })).toContain("No file matches");
    expect(await textOf(context, "glob", { pattern: "*", path: "none" })).toContain("does not exist");
  });

  test("is bounded, and says how to get at the rest", async () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`many/f${index}.txt`, ""]));
    const { context } = await createWorkspace(files);
    const text = await textOf(context, "glob", { pattern: "*.txt" });
    expect(text).toContain("(100 more of 400: narrow the pattern or the path)");
  });

  test("names with line ends stay one name, and links out are not followed", async () => {
    const { context, root } = await createWorkspace({ "work/a\nb.txt": "", "outside/x.txt": "" });
    await symlink(`${root}/outside`, `${root}/work/link`);
    expect(await textOf({ ...context, cwd: `${root}/work` }, "glob", { pattern: "*.txt" })).toBe("a\nb.txt");
  });
});

describe("glob patterns", () => {
  test.each([
    ["*.ts", "a/b/c.ts", true],
    ["./src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/x/a.ts", false],
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**", "src/x/y", true],
    ["**/test/**/*.ts", "a/test/b/c.ts", true],
    ["a?c", "abc", true],
    ["a?c", "a€c", true],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["[^a-c]x", "dx", true],
    ["{a,b/{c,d}}.ts", "b/d.ts", true],
    ["{only}.ts", "only.ts", true],
    ["a{b", "a{b", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["*", ".hidden", true],
    ["[", "[", true],
    ["", "a", false],
  ])("%s on %s: %s", (pattern, path, answer) => {
    expect(createGlobMatcher(pattern)?.(path)).toBe(answer);
  });

  test("a pattern without special characters matches itself and nothing else", () => {
    const names = string({ unit: constantFrom("a", "b", "é", "-", "."), minLength: 1, maxLength: 8 });
    assert(property(names, names, (a, b) => createGlobMatcher(`x/${a}`)?.(`x/${b}`) === (a === b)));
  });

  test("no pattern takes long: stars by the dozen, braces by the hundred", () => {
    const startedAt = performance.now();
    expect(createGlobMatcher(`${"*a".repeat(200)}b`)?.("a".repeat(2_000))).toBe(false);
    expect(createGlobMatcher(`${"**/".repeat(100)}x`)?.(`${"a/".repeat(300)}y`)).toBe(false);
    expect(createGlobMatcher("{a,b}".repeat(300))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe("grep", () => {
  test("answers path, line and text, sorted, without what git ignores", async () => {
    const { context } = await createWorkspace(tree);
    expect(await textOf(context, "grep", { pattern: "needle" })).toBe(
      ".github/ci.yml:1:needle\nsrc/a.ts:2:needle one\nsrc/deep/b.tsx:1:needle two needle",
    );
    expect(await textOf(context, "grep", { pattern: "needle", glob: "*.tsx" })).toBe(
      "src/deep/b.tsx:1:needle two needle",
    );
    expect(await textOf(context, "grep", { pattern: "n.{4}e o", path: "src/a.ts" })).toBe(
      "src/a.ts:2:needle one",
    );
    expect(await textOf(context, "grep", { pattern: "absent" })).toContain("Nothing matches");
  });

  test("protected folders are left out, and asking for one is refused", async () => {
    const { context } = await createWorkspace(tree);
    expect(await textOf(context, "grep", { pattern: "secret" })).toContain("Nothing matches");
    expect(await textOf(context, "grep", { pattern: "secret", glob: "protected/**" })).toContain(
      "Nothing matches",
    );
    expect(await textOf(context, "grep", { pattern: "secret", path: "protected" })).toContain("Not allowed");
  });

  test("the pattern is data, whatever it looks like", async () => {
    const { context, root } = await createWorkspace({ a: "--files\n-e\n$(touch x)\n" });
    expect(await textOf(context, "grep", { pattern: "--files" })).toBe("a:1:--files");
    expect(await textOf(context, "grep", { pattern: "-e" })).toContain("a:2:-e");
    expect(await textOf(context, "grep", { pattern: "--pre=touch" })).toContain("Nothing matches");
    expect(await textOf(context, "grep", { pattern: "x", glob: "--pre=touch" })).toContain("Nothing matches");
    expect(await textOf({ ...context, cwd: root }, "glob", { pattern: "*" })).toBe("a");
  });

  test("a wrong pattern is told as such", async () => {
    const { context } = await createWorkspace(tree);
    const outcome = await callTool(context, "grep", { pattern: "(" });
    expect(outcome).toMatchObject({ isError: true, text: expect.stringContaining("unclosed group") });
  });

  test("a pattern made to hang a backtracking engine does not", async () => {
    const { context } = await createWorkspace({ a: "a".repeat(100_000) });
    const startedAt = performance.now();
    await callTool(context, "grep", { pattern: "(a+)+$b" });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test("long lines and many matches are cut, and it says so", async () => {
    const { context, root } = await createWorkspace({ long: `needle${"x".repeat(100_000)}` });
    await mkdir(`${root}/many`);
    for (let file = 0; file < 30; file += 1) await writeFile(`${root}/many/${file}`, "needle\n".repeat(300));
    const text = await textOf(context, "grep", { pattern: "needle" });
    expect(text.length).toBeLessThan(17_000);
    expect(text).toContain("(more matches follow: narrow the pattern, the path or the glob)");
    expect(await textOf(context, "grep", { pattern: "needle", path: "long" })).toMatch(
      /^long:1:needlex+.{0,60}$/,
    );
  });

  test("lines can be matched across their ends", async () => {
    const { context } = await createWorkspace(tree);
    expect(await textOf(context, "grep", { pattern: "first\nneedle" })).toContain("src/a.ts:1:first");
  });
});
