import { expect, test } from "vitest";
import { runWords } from "../../../src/cli/main.ts";
import { createCapturedContext } from "./captured-context.ts";

async function run(words: string[], env = { PROFCLAW_NO_AUTOSTART: "1" }) {
  const { context, out, talk } = createCapturedContext(env);
  const code = await runWords(words, context);
  return { code, out: out(), talk: talk() };
}

test("version prints the version and nothing else", async () => {
  expect(await run(["version"])).toEqual({ code: 0, out: "1.2.3\n", talk: "" });
  expect(await run(["--version"])).toMatchObject({ code: 0, out: "1.2.3\n" });
});

test.each([[[]], [["--help"]], [["help"]], [["agent"]], [["agent", "--help"]]])(
  "%j shows examples before commands",
  async (words) => {
    const { code, out } = await run(words);
    expect(code).toBe(0);
    expect(out.indexOf("profclaw agent spawn --")).toBeGreaterThan(-1);
    expect(out.indexOf("profclaw agent spawn --")).toBeLessThan(out.indexOf("Commands"));
  },
);

test.each([[["agent", "spawn", "--help"]], [["help", "agent", "spawn"]], [["agent", "help", "spawn"]]])(
  "%j shows the command's examples and flags",
  async (words) => {
    const { code, out } = await run(words);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}profclaw agent spawn --task/);
    expect(out).toContain("--permission-mode");
    expect(out).toContain("--visible");
  },
);

test.each([
  [["agent", "spwan"], "There is no command", "profclaw agent spawn"],
  [["spawn"], "There is no command", "Did you mean: profclaw agent spawn?"],
  [["agnt"], "There is no command", "Did you mean: profclaw agent?"],
  [["stauts"], "There is no command", "profclaw status"],
  [["polcy", "check", "git push"], "There is no command", "Did you mean: profclaw policy check?"],
  [["cost", "limts"], 'no command "cost limts"', "Did you mean: profclaw cost limits"],
  [["cost", "limits", "sett", "--day", "5"], 'no command "cost limits sett"', "profclaw cost limits set"],
  [["tokn"], "There is no command", "Did you mean: profclaw token"],
  [["completion", "bsh"], 'is "bsh"', "Did you mean: profclaw completion bash?"],
  [["config", "sett", "a", "b"], 'no "sett"', "Did you mean: profclaw config set?"],
  [["open"], "profclaw open is not there yet.", "--help"],
  [["agent", "spawn", "--tsk", "x"], "unknown option '--tsk'", "Did you mean --task?"],
  [["agent", "spawn", "--task", "x", "--visible", "tmuxx"], "--visible", "tmux"],
  [["agent", "spawn", "--task", "x", "--budget=-1"], '--budget is "-1"', "--budget 2.00"],
  [["agent", "spawn", "stray", "--task", "x"], "too many arguments", "--help"],
  [
    ["agent", "spawn", "--count", "2", "--task", "a", "--task", "b", "--task", "c"],
    "--count is 2",
    "--count 3",
  ],
  [["agent", "wait"], "missing required argument 'id'", "--help"],
  [["agent", "stop"], "There is no id.", "--all"],
  [["agent", "sessions", "--status", "runing"], "--status", "Did you mean: --status running?"],
  [["cost", "--by", "colour"], "--by", "model"],
])("%j is exit 2, says what and what to do", async (words, what, next) => {
  const { code, out, talk } = await run(words);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(talk).toMatch(/^profclaw: /);
  expect(talk).toContain(what);
  expect(talk).toContain(next);
});

test.each([
  [["agent", "sessions"]],
  [["agent", "spawn", "--task", "x"]],
  [["cost", "--today"]],
  [["status"]],
])("%j without a daemon that may be started is exit 4 and says what to type", async (words) => {
  const { code, talk } = await run(words);
  expect(code).toBe(4);
  expect(talk).toContain("profclaw up");
});

test("status starts nothing even where it might", async () => {
  const { context } = createCapturedContext();
  expect(await runWords(["status"], context)).toBe(4);
});

test("down without a daemon is done already", async () => {
  expect(await run(["down"])).toMatchObject({ code: 0, talk: "No daemon runs.\n" });
});

test("with --json a failure is a problem on stderr and nothing on stdout", async () => {
  const { code, out, talk } = await run(["agent", "sessions", "--json"]);
  expect(code).toBe(4);
  expect(out).toBe("");
  expect(JSON.parse(talk)).toMatchObject({ code: "daemon-unreachable", status: 503 });
});

test("a reader that goes away ends it quietly", async () => {
  const { context, stdout } = createCapturedContext();
  stdout.destroy(new Error("EPIPE"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await runWords(["version"], context)).toBe(0);
  await context.terminal.flush();
});
