import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;
let ambiguous: string;

beforeAll(async () => {
  stage = await createStage({ env: { OPENAI_API_KEY: "" } });
  await stage.run(["up"]);
  const { sessions } = await stage.spawn({ sessions: Array.from({ length: 17 }, () => ({ task: "x" })) });
  const digits = sessions.map(({ id }) => id[0] ?? "");
  ambiguous = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? "";
  await stage.untilEnded(sessions.map(({ id }) => id));
});

afterAll(() => stage.close());

const task = ["agent", "spawn", "--task", "x"];

type Wrong = [exitCode: number, args: string[], says: RegExp];

/** Refused before a daemon is asked. */
const wrongWords: Wrong[] = [
  [2, ["frobnicate"], /no command "frobnicate"/],
  [2, ["spawn", "--task", "x"], /Did you mean: profclaw agent spawn\?/],
  [2, ["agent", "session"], /profclaw agent sessions/],
  [2, ["agent", "spawn", "--tsk", "x"], /--task/],
  [2, ["open"], /not there yet/],
  [2, [...task, "--budget", "two"], /--budget is "two"; it must be an amount in USD/],
  [2, [...task, "--budget-tokens", "0"], /--budget-tokens is "0"/],
  [2, [...task, "extra"], /too many arguments/],
  [2, ["agent", "show"], /missing required argument/],
  [2, ["agent", "stop"], /no id/],
  [2, ["agent", "stop", "--all", "abc"], /exclude each other/],
  [2, ["agent", "wait", "a", "--any", "--all"], /exclude each other/],
  [2, ["agent", "wait", "a", "--timeout", "soon"], /--timeout is "soon"/],
  [2, [...task, "--timeout", "soon"], /--timeout is "soon"/],
  [2, [...task, "--max-turns", "0"], /--max-turns is "0"/],
  [2, [...task, "--label", "x"], /key=value/],
  [2, [...task, "--effort", "hihg"], /Did you mean: --effort high/],
  [2, ["agent", "spawn", "--task", "@/no/such/file"], /cannot be read/],
  [2, ["agent", "sessions", "--status", "complete"], /--status completed/],
  [2, ["agent", "sessions", "--limit", "0"], /--limit is "0"/],
  [2, ["cost", "--by", "colour"], /--by is "colour"/],
  [2, ["cost", "--today", "--week"], /exclude each other/],
  [2, ["cost", "--since", "never"], /--since is "never"/],
  [2, ["serve", "--port", "99999"], /--port is "99999"/],
];

/** Refused by the daemon. */
const wrongWishes: Wrong[] = [
  [3, [...task, "--provider", "antropic"], /Did you mean anthropic/],
  [3, [...task, "--provider", "openai"], /OPENAI_API_KEY/],
  [3, [...task, "--provider", "my-llm"], /--model/],
  [3, [...task, "--model", "no-such-model"], /No known provider has a model/],
  [2, [...task, "--tools", "read_fil,grep"], /read_file/],
  [3, [...task, "--agent", "cursor"], /builtin/],
  [2, [...task, "--role", "pirate"], /pirate/],
  [2, [...task, "--permission-mode", "root"], /deny, allowlist/],
  [2, [...task, "--cwd", "/no/such/folder"], /No folder is at \/no\/such\/folder/],
  [5, [...task, "--parent", "ffffffff"], /ffffffff/],
  [5, ["agent", "show", "ffffffff"], /ffffffff/],
  [5, ["agent", "show", "not an id"], /not an id/],
  [5, ["agent", "logs", "ffffffff"], /ffffffff/],
  [5, ["agent", "result", "ffffffff"], /ffffffff/],
  [5, ["agent", "wait", "ffffffff"], /ffffffff/],
  [5, ["agent", "stop", "../../etc"], /etc/],
  [5, ["agent", "sessions", "--parent", "ffffffff"], /ffffffff/],
];

async function expectRefusals(wrongs: readonly Wrong[], at: Stage): Promise<void> {
  const ends = await Promise.all(wrongs.map(([, args]) => at.run(args)));
  for (const [index, [exitCode, args, says]] of wrongs.entries()) {
    const end = ends[index];
    const shown = `profclaw ${args.join(" ")} → ${end?.exitCode}: ${end?.stdout}${end?.stderr}`;
    expect(end?.exitCode, shown).toBe(exitCode);
    expect(end?.stderr, shown).toMatch(says);
    // What is wrong on one line, what to do on the next ones.
    expect(end?.stderr, shown).toMatch(/^profclaw: .+\n {2}\S/m);
    expect(end?.stdout, shown).toBe("");
  }
}

test.concurrent("wrong words are refused with their exit code and the way out, and start no daemon", async () => {
  await using fresh = await createStage();
  await expectRefusals(wrongWords, fresh);
  expect(existsSync(fresh.state)).toBe(false);
});

test("a schema that is no JSON is refused with the way out", async () => {
  await expectRefusals([[2, [...task, "--schema", "{"], /--schema/]], stage);
});

test.concurrent("wishes that the daemon refuses come with its exit code and hint, and nothing has run", async () => {
  const before = (await stage.sessions()).length;
  await expectRefusals(wrongWishes, stage);
  await expectRefusals([[5, ["agent", "show", ambiguous], /More than one session starts with/]], stage);
  expect(await stage.sessions()).toHaveLength(before);
});

test("with --json a refusal is the problem itself, on stderr", async () => {
  const end = await stage.run([...task, "--provider", "antropic", "--json"]);
  expect([end.exitCode, end.stdout]).toEqual([3, ""]);
  const problem = JSON.parse(end.stderr) as ProblemSeen;
  expect(problem).toMatchObject({
    code: "unknown-provider",
    status: 400,
    hint: expect.stringContaining("anthropic"),
  });
});

test.concurrent("without any key it is exit 3 with the ways on, demo among them", async () => {
  const noKeys = { ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "", GROQ_API_KEY: "", MY_LLM_API_KEY: "" };
  await using poor = await createStage({ env: noKeys });
  const end = await poor.run(task);
  expect(end.exitCode, end.stderr).toBe(3);
  for (const way of ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GROQ_API_KEY", "_BASE_URL", "profclaw demo"]) {
    expect(end.stderr).toContain(way);
  }
  const later = await poor.run(task, { env: { GROQ_API_KEY: "brought" } });
  expect(later.exitCode, later.stderr).toBe(0);
  expect(poor.model.requests.map(({ wire }) => wire)).toEqual(["openai-chat"]);
});

test.concurrent("where no daemon may be started it is exit 4 and says how to", async () => {
  await using fresh = await createStage({ env: { PROFCLAW_NO_AUTOSTART: "1" } });
  for (const args of [task, ["agent", "sessions"], ["cost"], ["status"]]) {
    const end = await fresh.run(args);
    expect(end.exitCode, end.stderr).toBe(4);
    expect(end.stderr).toMatch(/^ {2}Start it: profclaw up$/m);
  }
  const down = await fresh.run(["down"]);
  expect([down.exitCode, down.stderr]).toEqual([0, "No daemon runs.\n"]);
  expect(existsSync(fresh.state)).toBe(false);
});
