import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandTable } from "../../src/cli/command-table.ts";
import type { ProblemSeen } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { makeRepository } from "../support/git-sandbox.ts";
import { until } from "../support/e2e/until.ts";

let stage: Stage;
let [slowFlow, brokenFlow] = ["", ""];
let [ended, hanging, asking, spare] = ["", "", "", ""];

beforeAll(async () => {
  stage = await createStage({
    script({ firstUserText, turn }) {
      if (firstUserText === "hang") return { hang: true };
      if (firstUserText === "break") return { status: 400 };
      const asks = firstUserText === "ask" && turn === 0;
      return asks ? { toolCalls: [{ name: "bash", input: { command: "touch it" } }] } : { text: "done" };
    },
  });
  makeRepository(stage.workspace, { "a.txt": "a" });
  writeFileSync(join(stage.workspace, "team.yaml"), "sessions:\n  - task: one of a team\n");
  await stage.run(["up"]);
  const tasks = ["quick", "hang", "ask", "spare"];
  const { sessions } = await stage.spawn({
    sessions: tasks.map((task) => ({ task, worktree: task === "quick" })),
  });
  [ended = "", hanging = "", asking = "", spare = ""] = sessions.map(({ id }) => id);
  await stage.untilEnded([ended, spare]);
  [slowFlow = "", brokenFlow = ""] = await Promise.all(["hang", "break"].map(startFlow));
  await until(
    () => stage.session(asking),
    ({ approvals }) => approvals.length > 0,
  );
});

async function startFlow(task: string): Promise<string> {
  const body = { flow: { steps: [{ id: "only", task }] } };
  const { id } = (await stage.rest("/api/flows", { body, token: stage.token() })).json<{ id: string }>();
  if (task === "break") await stage.rest(`/api/flows/${id}/wait?timeout_ms=10000`);
  return id;
}

afterAll(() => stage.close());

/** What is typed after each command so that it ends with 0; in this order. */
function toWalk(): Record<string, string[] | null> {
  return {
    "agent spawn": ["--task", "one", "--task", "two"],
    run: ["team.yaml"],
    "flow list": [],
    "flow show": [slowFlow],
    "flow cancel": [slowFlow],
    "flow resume": [brokenFlow, "-d"],
    "flow validate": ["team.yaml"],
    "agent sessions": ["-a", "--tree"],
    "agent show": [ended],
    "agent logs": [ended],
    "agent result": [ended],
    "agent wait": [ended],
    "agent attach": [ended],
    "agent diff": [ended],
    "agent apply": [ended],
    approvals: ["--all"],
    "agent answer": [asking, "deny"],
    "agent send": [hanging, "hello", "--queue"],
    "agent stop": [hanging],
    "agent resume": [ended, "more"],
    "agent retry": [ended],
    "agent fork": [ended, "another way"],
    "agent list": [],
    "agent rm": [spare],
    cost: ["--month"],
    "cost limits": [],
    "cost limits show": [],
    "cost limits set": ["--day", "50.00"],
    "policy show": [],
    "policy check": ["ls"],
    "provider list": [],
    "provider test": ["anthropic"],
    "models list": ["--provider", "groq"],
    roles: [],
    trust: ["--list"],
    "token show": [],
    "token rotate": ["--yes"],
    status: [],
    up: [],
    doctor: [],
    gc: ["--dry-run"],
    config: ["explain"],
    completion: ["bash"],
    version: [],
    mcp: ["--http"],
    "mcp install": ["cursor", "--yes"],
    "mcp uninstall": ["cursor", "--yes"],
    // It has a daemon and a test of its own.
    demo: null,
    // It runs until it is stopped: below.
    serve: null,
    down: [],
  };
}

test("every command is walked", () => {
  expect(Object.keys(toWalk()).toSorted()).toEqual(commandTable.map(({ name }) => name).toSorted());
});

test("--json: nothing but JSON on stdout, and not a word of it cut, of every command", async () => {
  for (const [name, args] of Object.entries(toWalk())) {
    if (args === null) continue;
    const end = await stage.run([...name.split(" "), ...args, "--json"]);
    expect([name, end.exitCode, end.stderr.includes("profclaw:")]).toEqual([name, 0, false]);
    const texts = name === "agent logs" ? end.stdout.trim().split("\n") : [end.stdout];
    for (const text of texts) expect(JSON.parse(text), name).toBeTypeOf("object");
  }
});

test("--json of an id that matches nothing: exit 5, the problem on stderr, stdout empty, of every command that takes one", async () => {
  const takers = await Promise.all(
    commandTable.map(async (entry) => ({
      name: entry.name,
      places: (await (await entry.load()).shape()).places,
    })),
  );
  const names = takers.filter(({ places }) => places[0]?.name === "id").map(({ name }) => name);
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const more = name === "agent send" || name === "agent answer" ? ["allow"] : [];
    const end = await stage.run([...name.split(" "), "ffffffff", ...more, "--json"]);
    expect([name, end.exitCode, end.stdout]).toEqual([name, 5, ""]);
    const problem = JSON.parse(end.stderr) as ProblemSeen;
    expect([name, problem.code, problem.detail.includes("ffffffff")]).toEqual([name, "not-found", true]);
  }
});

test("serve --json prints a line once it serves, and Ctrl-C ends it", async () => {
  await using fresh = await createStage();
  const serving = fresh.start(["serve", "--port", "0", "--json"]);
  const line = await serving.says(/\n/);
  expect(JSON.parse(line)).toMatchObject({
    pid: serving.pid,
    port: fresh.discovery().port,
    home: fresh.state,
  });
  serving.kill("SIGINT");
  expect(await serving.ended).toMatchObject({ stdout: line });
});
