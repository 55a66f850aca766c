import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { toShellWord } from "../../../src/core/shell-word.ts";

test("a path that a shell takes as it is stays as it is", () => {
  expect(toShellWord("/home/me/my-project_2.0")).toBe("/home/me/my-project_2.0");
});

test.each(["", "a b", "it's", "$HOME", "~/x", "a;b", "a\nb", 'say "hi"', "日本 語", "=ls", "`id`", "a\\"])(
  "a shell reads %j as that one word",
  (word) => {
    const said = execFileSync("sh", ["-c", `printf '%s.' ${toShellWord(word)} end`], { encoding: "utf8" });
    expect(said).toBe(`${word}.end.`);
  },
);
