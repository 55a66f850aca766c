import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApprovalListView, ApprovalView, RuleListView } from "../../src/contract/approval-operations.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;

/** Runs its task as a command, then says what came of it. */
function runTask({ turn, firstUserText, toolResults }: ParsedRequest): Reply {
  return turn === 0
    ? { toolCalls: [{ name: "bash", input: { command: firstUserText } }] }
    : { text: toolResults.map(({ text }) => text).join() };
}

beforeAll(async () => {
  stage = await createStage({ script: runTask });
  await stage.run(["up"]);
});

afterAll(() => stage.close());

async function spawnAsking(task: string): Promise<string> {
  const { stdout } = await stage.run(["agent", "spawn", "-d", "--task", task]);
  const id = stdout.trim();
  await until(
    () => stage.session(id),
    ({ approvals }) => approvals.length > 0,
  );
  return id;
}

function linesOf(name: string): string[] {
  const path = join(stage.workspace, name);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

test("a waiting spawn says once what to type, and goes on when it is typed", async () => {
  const spawn = stage.start(["agent", "spawn", "--task", "printf 'x\\n' >> waited"]);
  const said = await spawn.says(/1 needs you: .*\n/, "stderr");
  const [, id = ""] = /1 needs you: profclaw agent answer ([0-9a-f]{8})/.exec(said) ?? [];
  const list = await stage.run(["approvals"]);
  expect(list.stdout).toContain("command: printf 'x\\n' >> waited");
  const answered = await stage.run(["agent", "answer", id, "allow"]);
  expect(answered.stdout).toBe(`${id} #1  allowed\n`);
  expect((await spawn.ended).exitCode).toBe(0);
  expect(spawn.stderr.match(/needs you/g)).toHaveLength(1);
  expect(linesOf("waited")).toEqual(["x"]);
  expect((await stage.run(["approvals"])).stdout).toBe("Nobody asks.\n");
});

test("off a terminal an answer that is not there is exit 8, with what to type", async () => {
  const id = await spawnAsking("touch eight");
  const end = await stage.run(["agent", "answer", id]);
  expect(end.exitCode).toBe(8);
  expect(end.stderr).toContain(`profclaw agent answer ${id.slice(0, 8)} 1 allow`);
  const typo = await stage.run(["agent", "answer", id, "alow"]);
  expect([typo.exitCode, typo.stderr]).toEqual([2, expect.stringContaining("Did you mean allow?")]);
  const no = await stage.run(["agent", "answer", id, "use the Makefile"]);
  expect(no.stdout).toContain("#1  denied");
  const [ended] = await stage.untilEnded([id]);
  expect(ended?.result?.text).toContain("the answer was no: use the Makefile");
  const again = await stage.run(["agent", "answer", id, "1", "allow"]);
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining("was denied by person at")]);
});

test("--always writes a rule for exactly this argv, which is shown, holds, and can be removed", async () => {
  const id = await spawnAsking("touch always");
  await stage.run(["agent", "answer", id, "allow", "--always"]);
  await stage.untilEnded([id]);
  const { rules } = JSON.parse((await stage.run(["approvals", "rules", "--json"])).stdout) as RuleListView;
  const onePage = (await stage.rest("/api/approvals/rules?limit=1")).json<RuleListView>();
  expect(onePage).toEqual({ rules: rules.slice(0, 1), next_cursor: null });
  expect(rules).toMatchObject([{ rule: "bash: exactly touch always", workspace: stage.workspace }]);
  const free = await stage.run(["agent", "spawn", "--task", "touch always"]);
  expect(free.stdout).toContain("(no output)");
  await spawnAsking("touch always other");
  const removed = await stage.run(["approvals", "rules", "rm", rules[0]?.id ?? ""]);
  expect(removed.stdout).toContain("No rules.");
  await spawnAsking("touch always");
  expect((await stage.run(["approvals", "rules", "rm", "nope"])).exitCode).toBe(5);
});

test("P10: what would hide is shown: escapes, reversed text, and what has no width", async () => {
  const id = await spawnAsking("touch \u001b[2Ka \u202egpj.exe\u200b \u00a0");
  const { stdout } = await stage.run(["approvals", "--session", id]);
  expect(stdout).toContain("touch ␛[2Ka <U+202E>gpj.exe<U+200B> <U+00A0>");
  const spoken = await stage.run(["agent", "sessions"]);
  for (const hidden of ["\u001b", "\u202e", "\u200b"]) expect(spoken.stdout).not.toContain(hidden);
});

test("a very long argument is cut in the list, whole by itself, and hashed whole", async () => {
  const command = `printf '${"x".repeat(90_000)}' > long`;
  const id = await spawnAsking(command);
  const { approvals } = (await stage.rest(`/api/approvals?session=${id}`)).json<ApprovalListView>();
  expect(approvals[0]).toMatchObject({ truncated: true, size_bytes: expect.any(Number) });
  expect(approvals[0]?.text.length).toBeLessThan(33_000);
  const one = (await stage.rest(`/api/agents/sessions/${id}/approvals/1`)).json<ApprovalView>();
  expect(one).toMatchObject({ truncated: false, sha256: approvals[0]?.sha256 });
  expect(one.text).toContain(command);
});

test("over HTTP an answer needs the token, and a foreign or malformed one is refused", async () => {
  const id = await spawnAsking("touch http");
  const path = `/api/agents/sessions/${id}/approvals/1`;
  const body = { verdict: "allow" };
  const bare = await stage.rest(path, { body });
  expect([bare.status, bare.json<ProblemSeen>().hint]).toEqual([401, expect.stringContaining("Bearer")]);
  const token = stage.token();
  const statuses = await Promise.all([
    stage.rest(path, { body: { verdict: "maybe" }, token }),
    stage.rest(path, { body: { verdict: "deny", always: true }, token }),
    stage.rest(path, { body: { ...body, sha256: "0" }, token }),
    stage.rest(path.replace(/1$/, "one"), { body, token }),
    stage.rest(path, { body, token: "wrong" }),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([422, 422, 409, 404, 401]);
  const both = await Promise.all([stage.rest(path, { body, token }), stage.rest(path, { body, token })]);
  expect(both.map(({ status }) => String(status)).toSorted()).toEqual(["200", "409"]);
});

test.each(["before", "after"])(
  "P10: a daemon that dies %s it has written the answer is asked again, and the call runs once",
  async (moment) => {
    const armed = { PROFCLAW_FAILPOINTS: `${moment}:approval-answer=kill@1` };
    await using other = await createStage({ script: runTask });
    // Without a supervisor: it would bring an armed one back, and that one would die of the answer again.
    const serving = other.start(["serve", "--port", "0"], { env: armed, withinMs: 80_000 });
    await serving.says(/serves http/, "stderr");
    const { stdout } = await other.run(["agent", "spawn", "-d", "--task", "printf 'x\\n' >> log"]);
    const id = stdout.trim();
    await until(
      () => other.session(id),
      ({ approvals }) => approvals.length > 0,
    );
    const answered = await other.run(["agent", "answer", id, "allow"], { withinMs: 60_000 });
    await serving.ended;
    expect([answered.exitCode, answered.stdout]).toEqual([0, expect.stringContaining("allowed")]);
    await other.untilEnded([id]);
    expect(readFileSync(join(other.workspace, "log"), "utf8")).toBe("x\n");
  },
  90_000,
);

test("P10: kill -9 while it waits: the ask stands, and the yes runs it once", async () => {
  const id = await spawnAsking("printf 'x\\n' >> killed");
  const { pid } = stage.discovery();
  process.kill(pid, "SIGKILL");
  await stage.untilReplaced(pid);
  const answered = await stage.run(["agent", "answer", id, "allow"]);
  expect(answered.stdout).toContain("allowed");
  await stage.untilEnded([id]);
  expect(linesOf("killed")).toEqual(["x"]);
});
