import { expect, test } from "vitest";
import { commandTable } from "../../../src/cli/command-table.ts";
import { completeWords } from "../../../src/cli/completion/complete-words.ts";
import { splitLine } from "../../../src/cli/completion/split-line.ts";
import { runWords } from "../../../src/cli/main.ts";
import { createCapturedContext } from "./captured-context.ts";

/** What is offered for a line that ends where the cursor stands; no daemon runs. */
async function complete(line: string): Promise<string[] | string> {
  const { context } = createCapturedContext();
  const found = await completeWords(splitLine(line).slice(1), { table: commandTable, context });
  return found.kind === "words" ? found.words.map(({ value }) => value) : found.kind;
}

test.each([
  ["profclaw agent s", ["profclaw", "agent", "s"]],
  ["profclaw ", ["profclaw", ""]],
  [`p --task "two words" 'a "b' c\\ d`, ["p", "--task", "two words", 'a "b', "c d"]],
  [`p --task "unfinished $(rm -rf x`, ["p", "--task", "unfinished $(rm -rf x"]],
  ["p ''", ["p", ""]],
  ["p a\\", ["p", "a"]],
])("%j are the words %j", (line, words) => {
  expect(splitLine(line)).toEqual(words);
});

test.each([
  ["profclaw ag", ["agent"]],
  ["profclaw agent s", ["spawn", "sessions", "show", "stop", "send"]],
  ["profclaw help agent sh", ["show"]],
  ["profclaw cost l", ["limits"]],
  ["profclaw cost limits s", ["show", "set"]],
  ["profclaw agent sessions --st", ["--status"]],
  ["profclaw agent logs -", expect.arrayContaining(["--follow", "-f", "--tail", "--json", "--help"])],
  ["profclaw agent sessions --status ru", ["running"]],
  ["profclaw agent sessions --status=fa", ["--status=failed"]],
  ["profclaw agent sessions --status failed,ti", ["failed,timed_out"]],
  ["profclaw agent spawn --task x --effort ", ["low", "medium", "high", "xhigh", "max"]],
  ["profclaw agent spawn --provider an", ["anthropic"]],
  ["profclaw cost --today --by mod", ["model"]],
  ["profclaw config g", ["get"]],
  ["profclaw config get pool.m", ["pool.mode", "pool.max_concurrent"]],
  ["profclaw completion z", ["zsh"]],
  ["profclaw agent answer abc al", ["allow"]],
])("%j is offered %j", async (line, offered) => {
  expect(await complete(line)).toEqual(offered);
});

test.each([
  ["profclaw trust ", "folders"],
  ["profclaw agent spawn --cwd s", "folders"],
  ["profclaw agent spawn --schema ", "files"],
])("%j is left to the shell, which knows %s best", async (line, kind) => {
  expect(await complete(line)).toBe(kind);
});

test("nothing is offered where a text is wanted, after --, for what is no command, and without a daemon", async () => {
  for (const words of [
    "agent spawn --task ",
    "agent show ",
    "nonsense x",
    "policy check -- --re",
    "agent spawn --role ",
  ])
    expect(await complete(`profclaw ${words}`), words).toEqual([]);
});

test("each shell gets its script, with how to install it before anything else", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { context, out } = createCapturedContext();
    expect(await runWords(["completion", shell], context)).toBe(0);
    const script = out();
    expect(script.indexOf("To install it")).toBeLessThan(script.indexOf("_profclaw"));
    expect(script).toContain(`profclaw completion ${shell} > ~/`);
    // What is typed must never be run by pressing Tab.
    expect(script).not.toMatch(/\beval\b|compgen -W/);
  }
  const { context, talk } = createCapturedContext();
  expect(await runWords(["completion", "fsh"], context)).toBe(2);
  expect(talk()).toContain("fish");
});

async function ask(shell: string, ...words: string[]): Promise<string> {
  const { context, out } = createCapturedContext();
  await runWords(["completion", shell, "--words", "--", ...words], context);
  return out();
}

test("zsh and fish get descriptions in their own form", async () => {
  expect(await ask("fish", "gc", "--dry")).toBe(
    "words\n--dry-run\tsay what would be deleted; delete nothing\n",
  );
  expect(await ask("zsh", "gc", "--dry")).toBe(
    "words\n--dry-run:say what would be deleted; delete nothing\n",
  );
  expect(await ask("zsh", "trust", "")).toBe("folders\n");
});
