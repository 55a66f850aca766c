import { describe, expect, test } from "vitest";
import { parseRule } from "../../../src/policy/parse-rule.ts";
import { toolNames } from "./scope-fixture.ts";

const targetOf = (text: string) => {
  const outcome = parseRule(text, toolNames);
  return outcome.kind === "target" ? outcome.target : outcome;
};

const faultOf = (text: string) => {
  const outcome = parseRule(text, toolNames);
  return outcome.kind === "fault" ? `${outcome.column}: ${outcome.detail}` : "it was taken";
};

describe("a rule is read as a person means it", () => {
  test("a command's star stands for more words, and without it the argv is exact", () => {
    expect(targetOf("Bash(git log:*)")).toEqual({ kind: "command", argv: ["git", "log"], isOpen: true });
    expect(targetOf("bash(git log *)")).toEqual({ kind: "command", argv: ["git", "log"], isOpen: true });
    expect(targetOf("Bash(npm test)")).toEqual({ kind: "command", argv: ["npm", "test"], isOpen: false });
    expect(targetOf(`Bash(echo "a b" 'c')`)).toMatchObject({ argv: ["echo", "a b", "c"] });
  });

  test("a name alone, or with a star, is every call of its tools", () => {
    expect(targetOf("Bash")).toEqual({ kind: "tool", tools: ["bash"] });
    expect(targetOf(" Bash(*) ")).toEqual({ kind: "tool", tools: ["bash"] });
    expect(targetOf("Edit")).toEqual({ kind: "tool", tools: ["edit_file", "write_file"] });
    expect(targetOf("sessions_spawn")).toEqual({ kind: "tool", tools: ["sessions_spawn"] });
  });

  test("paths are below the workspace, a home or the root", () => {
    expect(targetOf("Edit(./src/**)")).toMatchObject({
      access: "write",
      pattern: { base: "workspace", segments: ["src", "**"] },
    });
    expect(targetOf("Read(~/notes/*.md)")).toMatchObject({
      access: "read",
      pattern: { base: "home", segments: ["notes", "*.md"] },
    });
    expect(targetOf("Write(/srv/out/)")).toMatchObject({
      access: "write",
      pattern: { base: "root", segments: ["srv", "out"] },
    });
  });

  test("hosts come with or without domain:, in any case", () => {
    expect(targetOf("WebFetch(domain:Docs.Example.com)")).toEqual({ kind: "host", host: "docs.example.com" });
    expect(targetOf("fetch_url(*.example.com)")).toEqual({ kind: "host", host: "*.example.com" });
    expect(targetOf("fetch_url(93.184.216.34)")).toEqual({ kind: "host", host: "93.184.216.34" });
  });
});

test.each([
  ["", "1: a rule begins with a tool's name, for example Bash(git log:*)"],
  ["  (x)", "1: a rule begins with a tool's name, for example Bash(git log:*)"],
  ["Bsh(git log)", '1: no tool is called "Bsh". Did you mean Bash or bash?'],
  ["Bash(git log:*", "15: the parenthesis does not end"],
  ["Bash git log", "5: expected ( or the end after Bash"],
  ["Bash( )", "6: nothing stands in the parentheses"],
  ["Bash(:*)", "6: a command's name is missing"],
  ["Bash(git log && git push)", "14: a rule names one command, without &&: write one rule for each part"],
  ["Bash(git log > x)", "14: a rule names one command, without >: write one rule for each part"],
  ["Bash(git $(x):*)", "10: a rule names a plain command, this one has an expansion ($)"],
  ["Bash(git 'log)", "10: a rule names a plain command, this one has a quote that does not end"],
  [
    "Bash(npm * test)",
    "10: a rule names a plain command, this one has an unquoted * (quote it, or name the files)",
  ],
  ["Bash(A=1 git log)", "6: a rule begins with the command, not a variable"],
  ["Edit(src/[ab].ts)", '10: "[" is not understood in a path; there are *, ** and ?'],
  ["Edit(src/../../etc)", "9: a path of a rule can not go up by .."],
  [
    "sessions_spawn(x)",
    "15: sessions_spawn takes nothing in parentheses; only Bash, Read, Edit, Write and WebFetch do",
  ],
  [
    "WebFetch(domain:https://a.com/x)",
    '17: "https://a.com/x" is not a host alone: leave out scheme, port and path',
  ],
  ["WebFetch(*)x", "13: the parenthesis does not end"],
  ["WebFetch(a..b)", '10: "a..b" is no host; write example.com or *.example.com'],
  ["WebFetch(*.*.com)", '10: "*.*.com" is no host; write example.com or *.example.com'],
  [`Bash(${"x".repeat(3000)})`, "2000: a rule has at most 2000 characters"],
  [`Edit(${"a/".repeat(70)})`, "6: a path of a rule has at most 64 names"],
])("%j is refused with what is wrong and where", (text, fault) => {
  expect(faultOf(text)).toBe(fault);
});
