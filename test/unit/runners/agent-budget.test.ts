import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { NewBatchInput } from "../../../src/contract/session-operations.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import { type InProcessDaemon, admin, startInProcessDaemon } from "../../support/daemon/in-process-daemon.ts";

const fakeClaude = fileURLToPath(new URL("../../support/agents/fake-claude.ts", import.meta.url));
// Five cents each time, as often as its task says; beyond a quarter of a dollar it waits for its end.
const costly = `process.stdout.write("");
const most = Number(process.argv[1]) || 1e9;
for (let at = 1; at <= most; at += 1) {
  console.log(JSON.stringify({ text: "step " + at + "\\n", cost_usd: at * 0.05 }));
  await new Promise((next) => setTimeout(next, at < 5 ? 20 : 60_000));
}
console.log(JSON.stringify({ result: "done", cost_usd: most * 0.05 }));`;

let daemon: InProcessDaemon;
let root = "";

async function start(env: Record<string, string> = {}): Promise<void> {
  root = mkdtempSync(join(tmpdir(), "profclaw-money-"));
  const home = join(root, "home");
  mkdirSync(home, { mode: 0o700 });
  const command = [process.execPath, "--input-type=module", "-e", costly, "{task}"];
  const agents = {
    costly: { command, output: "json-lines", level: "auto" },
    silent: { command: ["echo", "{task}"], level: "auto" },
  };
  writeFileSync(join(home, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${fakeClaude}" "$@"\n`;
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "bin", "claude"), shim, { mode: 0o755 });
  const path = `${join(root, "bin")}:${process.env["PATH"] ?? ""}`;
  daemon = await startInProcessDaemon(() => ({ text: "unused" }), {
    PROFCLAW_HOME: home,
    PATH: path,
    ...env,
  });
}

afterEach(async () => {
  await daemon.close();
  rmSync(root, { recursive: true, force: true });
});

/** Once it is there, those that wait before it go on. */
const gate = (): string => join(root, "gate");

async function spawn(input: NewBatchInput): Promise<string[]> {
  const view = await daemon.handlers.createSessions(input, admin);
  return view.sessions.map(({ id }) => id);
}

async function allowedOf(id: string): Promise<(number | undefined)[]> {
  const journal = await daemon.store.readJournal({ sessionId: id, afterSeq: 0, limit: 1_000 });
  return journal
    .map(({ event }) => event)
    .filter(
      (event): event is Extract<JournalEvent, { type: "agent-launch" }> => event.type === "agent-launch",
    )
    .map(({ allowedMicroUsd }) => allowedMicroUsd);
}

test("an agent that says what it costs is stopped when that is more than its budget, and what it said is kept", async () => {
  await start();
  const [id = ""] = await daemon.spawn([{ agent: "costly", task: "go", budget_usd: "0.20" }].map(bare));
  const [ended] = await daemon.untilEnded([id]);
  expect(ended).toMatchObject({
    status: "failed",
    reason: "budget",
    error: { code: "budget-exceeded", detail: expect.stringMatching(/it has cost \$0\.2/) as string },
    result: { text: expect.stringContaining("step 3") as string, truncated: true },
  });
  expect(Number(ended?.cost_usd)).toBeLessThanOrEqual(0.25);
  expect(await allowedOf(id)).toEqual([200_000]);
});

test("one that stays within it completes, and is booked at what it said", async () => {
  await start();
  const [id = ""] = await daemon.spawn([{ agent: "costly", task: "2", budget_usd: "0.20" }].map(bare));
  const [ended] = await daemon.untilEnded([id]);
  expect(ended).toMatchObject({ status: "completed", cost_usd: "0.10", result: { text: "done" } });
});

test("claudes that share a batch's budget are never given more together than there is", async () => {
  // None of them ends before the last has begun: nothing comes back.
  await start({ PROFCLAW_AGENT_STARTS: "10" });
  const tasks = ["a", "b", "c", "d", "e"];
  const ids = await spawn({
    sessions: tasks.map((task) => ({ agent: "claude", task: `trap:gate ${gate()} ${task}` })),
    budget_usd: "1.00",
  });
  await expect
    .poll(async () => (await Promise.all(ids.map(allowedOf))).flat(), { timeout: 20_000 })
    .toHaveLength(5);
  writeFileSync(gate(), "");
  const ended = await daemon.untilEnded(ids, 20_000);
  expect(ended.map(({ status }) => status)).toEqual(tasks.map(() => "completed"));
  const given = (await Promise.all(ids.map(allowedOf))).flat();
  expect(given).toHaveLength(5);
  expect(given.every((microUsd) => microUsd !== undefined && microUsd >= 199_000)).toBe(true);
  expect(given.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBeLessThanOrEqual(1_000_000);
  const batch = await daemon.handlers.getBatch({ id: ended[0]?.batch_id ?? "" }, admin);
  expect(batch.budget).toMatchObject({ spent_usd: "0.05" });
});

test("a claude that goes on is told what is set aside anew on top of what it has cost: it counts all of it", async () => {
  await start();
  const [id = ""] = await spawn({ sessions: [{ agent: "claude", task: "t", budget_usd: "0.30" }] });
  expect(await daemon.untilEnded([id])).toMatchObject([{ cost_usd: "0.01" }]);
  await daemon.handlers.resumeSession({ id, message: "trap:surroundings", budget_usd: "0.20" }, admin);
  const [ended] = await daemon.untilEnded([id]);
  const { args } = JSON.parse(ended?.result?.text ?? "{}") as { args: string[] };
  expect(args[args.indexOf("--max-budget-usd") + 1]).toBe("0.21");
  expect(await allowedOf(id)).toEqual([300_000, 200_000]);
});

test("where all of the day's limit is set aside one waits for it, and goes on with what comes back", async () => {
  await start({ PROFCLAW_BUDGET_DAY_USD: "0.50" });
  const [first = ""] = await daemon.spawn(
    [{ agent: "claude", task: `trap:gate ${gate()}`, budget_usd: "0.50" }].map(bare),
  );
  await daemon.until(first, ({ status }) => status === "running");
  await expect.poll(() => allowedOf(first), { timeout: 10_000 }).toEqual([500_000]);
  const [second = ""] = await daemon.spawn([{ agent: "claude", task: "next", budget_usd: "0.30" }].map(bare));
  const waiting = await daemon.until(second, ({ status }) => status === "waiting");
  expect(waiting.reason).toBe("cool-down");
  writeFileSync(gate(), "");
  const ended = await daemon.untilEnded([first, second], 20_000);
  expect(ended.map(({ status }) => status)).toEqual(["completed", "completed"]);
  expect(await allowedOf(second)).toEqual([300_000]);
  const journal = await daemon.store.readJournal({ sessionId: second, afterSeq: 0, limit: 1_000 });
  const said = JSON.stringify(journal.filter(({ event }) => event.type === "wait-start"));
  expect(said).toMatch(/limit of the day [^"]* is set aside for others that run/);
});

test("where nothing is left and nothing can come back its end is that of a spent budget", async () => {
  await start();
  const batch = { budget_usd: "0.02" };
  const ids = await spawn({ ...batch, sessions: ["a", "b", "c"].map((task) => ({ agent: "claude", task })) });
  const ended = await daemon.untilEnded(ids, 20_000);
  const broke = ended.filter(({ status }) => status === "failed");
  expect(broke.length).toBeGreaterThan(0);
  for (const one of broke) {
    expect(one).toMatchObject({
      reason: "budget",
      error: {
        code: "budget-exceeded",
        detail: expect.stringMatching(
          /^(?:Nothing|Less than a cent) is left of the budget of batch .*\. Spawn it again with a larger budget\.$/,
        ) as string,
      },
    });
  }
});

test("what no agent says can not be held to a budget in USD, and is refused as before", async () => {
  await start();
  await expect(spawn({ sessions: [{ agent: "silent", task: "x", budget_usd: "1" }] })).rejects.toMatchObject({
    code: "agent-lacks",
  });
});

/** Without a provider: agents call their own. */
function bare<T extends object>(session: T): T & { provider: never } {
  return { ...session, provider: undefined as never };
}
