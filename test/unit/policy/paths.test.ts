import { describe, expect, test } from "vitest";
import { decide } from "../../../src/policy/decide.ts";
import { isInside, protectedBelow } from "../../../src/policy/path-rules.ts";
import { judge, scopeOf } from "./scope-fixture.ts";

const full = scopeOf("full");

describe("containment", () => {
  test.each([
    ["/work/app", "/work/app", true],
    ["/work/app/src/a.ts", "/work/app", true],
    ["/work/app/", "/work/app", true],
    ["/work/app2/a.ts", "/work/app", false],
    ["/work/ap", "/work/app", false],
    ["/work", "/work/app", false],
    ["/WORK/APP/a.ts", "/work/app", false],
    ["/anything", "/", true],
  ])("%s in %s: %s", (path, folder, answer) => {
    expect(isInside(path, folder)).toBe(answer);
  });
});

describe("always refused, also at full", () => {
  test.each([
    "/home/ann/.ssh/id_rsa",
    "/home/ann/.ssh",
    "/home/ann/.SSH/id_rsa",
    "/home/ann/.aws/credentials",
    "/home/ann/.gnupg/key",
    "/home/ann/.config/gh/hosts.yml",
    "/home/ann/.netrc",
    "/home/ann/.claude/settings.json",
    "/home/ann/.codex/auth.json",
    "/home/ann/.gemini/x",
    "/home/ann/.config/opencode/x",
    "/home/ann/.profclaw/token",
    "/home/ann/.ProfClaw/token",
    "/proc/self/environ",
    "/proc/1/environ",
    "/proc/self/mem",
    "/dev/sda",
    "/sys/kernel/x",
  ])("%s", (path) => {
    expect(judge({ kind: "read", path }, full).kind).toBe("deny");
    expect(judge({ kind: "write", path }, full).kind).toBe("deny");
  });

  test("a link into a protected folder is judged by where it leads", () => {
    const known = { "/work/app/notes": { real: "/home/ann/.ssh/id_rsa", kind: "file" as const } };
    expect(judge({ kind: "read", path: "/work/app/notes" }, full, known).kind).toBe("deny");
  });

  test("a FIFO, socket or device is no file", () => {
    const known = { "/work/app/pipe": { real: "/work/app/pipe", kind: "special" as const } };
    expect(judge({ kind: "read", path: "/work/app/pipe" }, full, known)).toMatchObject({ kind: "deny" });
  });

  test("a path that nobody looked up is refused", () => {
    expect(decide({ kind: "read", path: "/work/app/a" }, full).kind).toBe("deny");
  });

  test("names that only begin alike are not meant", () => {
    expect(judge({ kind: "read", path: "/home/ann/.sshx/a" }, full).kind).toBe("allow");
  });
});

describe("protected from writing in a workspace", () => {
  test.each([
    ".git/hooks/pre-commit",
    ".git/config",
    ".git",
    ".GIT/config",
    ".g\u200cit/config",
    ".git. /config",
    "vendor/lib/.git/hooks/post-checkout",
    ".mcp.json",
    ".claude/settings.json",
    ".claude",
    ".codex/config.toml",
    ".gemini/settings.json",
    ".opencode/plugin/x.js",
    "opencode.json",
    "opencode.jsonc",
    ".vscode/tasks.json",
    ".VSCode/tasks.json",
    ".envrc",
    "sub/.envrc",
  ])("%s", (name) => {
    for (const level of ["acceptEdits", "auto", "full"] as const) {
      expect(
        judge({ kind: "write", path: `/work/app/${encodeURI(name)}` }, scopeOf(level), {
          [`/work/app/${encodeURI(name)}`]: { real: `/work/app/${name}`, kind: "missing" },
        }),
      ).toMatchObject({ kind: "deny" });
    }
  });

  test.each([".gitignore", ".github/workflows/a.yml", "src/git/config", ".mcp.json5", ".env"])(
    "%s may be written",
    (name) => {
      expect(judge({ kind: "write", path: `/work/app/${name}` }, scopeOf("auto")).kind).toBe("allow");
    },
  );

  test("they may be read", () => {
    expect(judge({ kind: "read", path: "/work/app/.git/config" }, scopeOf("deny")).kind).toBe("allow");
  });

  test("a workspace inside a folder of such a name can be written", () => {
    const scope = scopeOf("auto", { workspace: "/work/.vscode/ext" });
    expect(judge({ kind: "write", path: "/work/.vscode/ext/a.ts" }, scope).kind).toBe("allow");
    expect(judge({ kind: "write", path: "/srv/x/.vscode/a" }, scopeOf("full")).kind).toBe("deny");
  });
});

test("a search from above leaves the protected folders out", () => {
  expect(protectedBelow("/home/ann", full)).toContain("/home/ann/.ssh");
  expect(protectedBelow("/home/ann", full)).toContain("/home/ann/.profclaw");
  expect(protectedBelow("/", full)).toContain("/proc");
  expect(protectedBelow("/work/app", full)).toEqual([]);
});
