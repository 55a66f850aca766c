import { describe, expect, test } from "vitest";
import type { LevelName } from "../../../src/policy/levels.ts";
import type { RuleSet } from "../../../src/policy/rule.ts";
import { judge, rulesOf, scopeOf } from "./scope-fixture.ts";

const run = (command: string, rules: RuleSet, level: LevelName = "auto") =>
  judge({ kind: "bash", command }, scopeOf(level, { rules })).kind;

describe("a rule that allows a command", () => {
  const rules = rulesOf({ allow: ["Bash(git push origin:*)", "Bash(npm test)"] });

  test.each([
    ["git push origin main", "allow"],
    ["git push origin", "allow"],
    ["git push", "ask"],
    ["git push originx", "ask"],
    ["npm test", "allow"],
    ["npm test -- --watch", "ask"],
    ["git push origin main && git status && npm test", "allow"],
    ["git push origin main; rm -rf src", "ask"],
    ["git push origin main | tee /etc/passwd", "ask"],
    ["git push origin main > /etc/motd", "ask"],
    ["git push origin $(cat x)", "ask"],
    ["env git push origin main", "ask"],
    ["env -S 'git push origin main'", "ask"],
    ["sh -c 'git push origin main'", "ask"],
    ["/tmp/git push origin main", "ask"],
    ["'git push origin' main", "ask"],
    ["X=1 git push origin main", "ask"],
    ["git push origin main\u200b", "ask"],
  ])("%j: %s", (command, kind) => {
    expect(run(command, rules)).toBe(kind);
  });

  test("lists it where the level has a list, and opens no level that says no", () => {
    expect(run("npm test", rules, "allowlist")).toBe("allow");
    expect(run("npm test", rules, "ask")).toBe("allow");
    expect(run("npm test", rules, "deny")).toBe("deny");
    expect(run("rm x; npm test", rules, "allowlist")).toBe("deny");
  });

  test("opens no secret", () => {
    const all = rulesOf({ allow: ["Bash", "Read(~/**)", "Edit(/**)"] });
    expect(run("cat /home/ann/.ssh/id_rsa", all)).toBe("deny");
    const read = { kind: "read", path: "/home/ann/.profclaw/token" } as const;
    expect(judge(read, scopeOf("auto", { rules: all, tool: "read_file" })).kind).toBe("deny");
    const write = { kind: "write", path: "/work/app/.git/hooks/pre-commit" } as const;
    expect(judge(write, scopeOf("auto", { rules: all, tool: "write_file" })).kind).toBe("deny");
  });
});

describe("a rule that denies a command holds at every level, however it is written", () => {
  const rules = rulesOf({ deny: ["Bash(rm:*)", "Bash(git push:*)", "Bash(npm publish)"], allow: ["Bash"] });

  test.each([
    "rm x",
    "ls && rm x",
    "ls | rm",
    "(rm x)",
    "/bin/rm x",
    "./rm x",
    "RM x",
    "r\\m x",
    "'rm' x",
    `r""m x`,
    "sudo rm x",
    "env -i rm x",
    "env -S 'rm x'",
    "sh -c 'rm x'",
    `bash -lc "cd src; rm x"`,
    "sh -c \"sh -c 'rm x'\"",
    "timeout 5 nice -n 3 rm x",
    "find . -exec rm {} ;",
    `find . -exec rm '{}' ';'`,
    "ls | xargs -n 1 rm",
    "eval rm x",
    "echo $(rm x)",
    "echo `rm x`",
    "X=1 rm x",
    "if true; then rm x; fi",
    "r''m $(true)",
    "git push",
    "git -C sub push origin",
    "git -c a=b --no-pager push",
    "npm publish",
    "/usr/bin/npm publish",
  ])("%s", (command) => {
    for (const level of ["auto", "full", "ask", "allowlist"] as const) {
      expect(run(command, rules, level)).toBe("deny");
    }
  });

  test.each(["rmdir x", "ls rm", "git pushx", "git log push", "npm publish --dry-run", "find . -name rm"])(
    "and %s is none of them",
    (command) => {
      expect(run(command, rules, "full")).toBe("allow");
    },
  );
});

test("a rule that asks does so at full too; a level that asks nobody says no", () => {
  const rules = rulesOf({ ask: ["Bash(git commit:*)"], allow: ["Bash(git commit:*)"] });
  expect(run("git commit -m x", rules, "full")).toBe("ask");
  expect(run("git commit -m x", rules, "auto")).toBe("ask");
  expect(run("git commit -m x", rules, "allowlist")).toBe("deny");
  expect(
    run("git commit -m x; curl x", rulesOf({ ask: ["Bash(git:*)"], deny: ["Bash(curl:*)"] }), "full"),
  ).toBe("deny");
});

describe("rules for paths", () => {
  const rules = rulesOf({
    deny: ["Read(secret/**)", "Edit(src/generated/**)", "Read(**/.env)"],
    ask: ["Edit(package.json)"],
    allow: ["Edit(docs/**)", "Read(/var/log/**)"],
  });
  const path = (kind: "read" | "write", at: string, level: LevelName = "auto") =>
    judge({ kind, path: at }, scopeOf(level, { rules, tool: kind === "read" ? "read_file" : "edit_file" }))
      .kind;

  test("deny and ask narrow, at full too, whatever the letters' case", () => {
    expect(path("read", "/work/app/secret/a/b", "full")).toBe("deny");
    expect(path("read", "/work/app/SECRET/a", "full")).toBe("deny");
    expect(path("read", "/work/app/pkg/x/.env")).toBe("deny");
    expect(path("read", "/work/app/secretary")).toBe("allow");
    expect(path("write", "/work/app/src/generated/x.ts", "full")).toBe("deny");
    expect(path("write", "/work/app/src/x.ts")).toBe("allow");
    expect(path("write", "/work/app/package.json")).toBe("ask");
  });

  test("allow answers what would be asked, and opens no level that says no", () => {
    expect(path("write", "/work/app/docs/a.md", "ask")).toBe("allow");
    expect(path("write", "/work/app/src/a.md", "ask")).toBe("ask");
    expect(path("write", "/work/app/docs/a.md", "deny")).toBe("deny");
    expect(path("read", "/var/log/syslog")).toBe("allow");
    expect(path("read", "/var/log/syslog", "allowlist")).toBe("deny");
    expect(path("read", "/var/lib/x")).toBe("ask");
  });

  test("a link's name and its target are both judged", () => {
    const scope = scopeOf("full", { rules, tool: "read_file" });
    const known = { "/work/app/ok": { real: "/work/app/secret/x", kind: "file" as const } };
    expect(judge({ kind: "read", path: "/work/app/ok" }, scope, known).kind).toBe("deny");
  });

  test("a command that names such a path is judged by it, and one that walks a folder does not list it", () => {
    expect(run("cat secret/x", rules, "full")).toBe("deny");
    expect(run("python3 -c 'open(\"secret/x\")'", rules, "full")).toBe("deny");
    expect(run("sed -i s/a/b/ src/generated/x.ts", rules, "full")).toBe("deny");
    expect(run("cat src/generated/x.ts", rules)).toBe("allow");
    expect(run("echo x > src/generated/x.ts", rules, "full")).toBe("deny");
    expect(run("grep -r x .", rules)).toBe("ask");
    expect(run("grep -r x .", rulesOf({ deny: ["Read(/srv/**)"] }))).toBe("allow");
  });
});

const spawn = (rules: RuleSet) =>
  judge({ kind: "sessions" }, scopeOf("full", { rules, tool: "sessions_spawn" })).kind;

const hostRules = rulesOf({ allow: ["WebFetch(domain:a.org)"], deny: ["WebFetch(evil.example.com)"] });

const reach = (host: string, level: LevelName = "auto") =>
  judge(
    { kind: "network", host },
    scopeOf(level, { tool: "fetch_url", hosts: ["*.example.com"], rules: hostRules }),
  ).kind;

describe("rules for tools and hosts", () => {
  test("a bare name is every call of it", () => {
    expect(spawn(rulesOf({}))).toBe("allow");
    expect(spawn(rulesOf({ ask: ["sessions_spawn"] }))).toBe("ask");
    expect(spawn(rulesOf({ deny: ["sessions_spawn"] }))).toBe("deny");
    expect(run("echo a > b", rulesOf({ deny: ["Edit"] }), "full")).toBe("deny");
    expect(run("ls", rulesOf({ deny: ["Bash"] }), "full")).toBe("deny");
    const tests = scopeOf("auto", { tools: ["write_file"], tool: "test_run" });
    const rules = rulesOf({ allow: ["test_run"] });
    expect(judge({ kind: "test-run", path: "/work/app" }, tests).kind).toBe("ask");
    expect(judge({ kind: "test-run", path: "/work/app" }, { ...tests, rules }).kind).toBe("allow");
    expect(judge({ kind: "rest", what: "x" }, { ...tests, rules }).kind).toBe("allow");
  });

  test("a host is reached by list or rule; *. is what lies below", () => {
    expect(reach("docs.example.com")).toBe("allow");
    expect(reach("DOCS.example.com.")).toBe("allow");
    expect(reach("example.com")).toBe("ask");
    expect(reach("badexample.com")).toBe("ask");
    expect(reach("evil.example.com", "full")).toBe("deny");
    expect(reach("a.org")).toBe("allow");
    expect(reach("a.org", "ask")).toBe("allow");
    expect(reach("docs.example.com", "ask")).toBe("ask");
    expect(reach("a.org", "allowlist")).toBe("allow");
    expect(reach("b.org", "allowlist")).toBe("deny");
    expect(reach("a.org", "deny")).toBe("deny");
  });
});

test("a thousand rules and a huge line that is not understood are judged in a moment", () => {
  const deny = Array.from({ length: 1_000 }, (_, index) => `Bash(tool${index} run:*)`);
  const command = `${"tool1 x ".repeat(8_000)}$(true)`;
  const rules = rulesOf({ deny });
  const start = performance.now();
  expect(run(command, rules, "full")).toBe("allow");
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(run(`${command} ; tool999 run`, rules, "full")).toBe("deny");
});
