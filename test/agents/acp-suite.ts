import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { findProcesses, killHard } from "../support/e2e/processes.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { findAgent } from "./pinned-agents.ts";

/** What the tests have to know of one agent besides its name. */
export interface AcpRow {
  name: "gemini" | "opencode";
  /** The calls of its main model, as opencode asks another one for a title. */
  isMain: (request: ParsedRequest) => boolean;
  shell: (command: string) => { name: string; input: Record<string, string> };
  write: (path: string) => { name: string; input: Record<string, string> };
  inbox: string;
  /** All tools of its own that it may have: a newer one may bring some that act unasked, or are booked nowhere. */
  own: readonly string[];
  /** The tool echo of a user's server called words. */
  echo: string;
  /** Its own settings, in a home, with that server. */
  settings: (words: { command: string; args: string[]; env: object }) => { file: string; text: string };
  /** False: it tells its own history wrongly once a tool was used, and its provider refuses it. */
  resumesAfterTools: boolean;
}

const withinMs = 90_000;
const wordsFile = fileURLToPath(new URL("../support/mcp/words-server.mjs", import.meta.url));

/** What every agent of that protocol has to get right as a session's agent, by its real program. */
export function tryAcpAgent(row: AcpRow): void {
  const { title, program } = findAgent(row.name);

  /** A stage whose PATH has the real one. `play`: what its model says, by the turns it has taken. */
  async function createAcpStage(play: (request: ParsedRequest, stage: Stage) => Reply): Promise<Stage> {
    const stage: Stage = await createStage({
      script: (request) => (row.isMain(request) ? play(request, stage) : { text: "a title" }),
      env: { GEMINI_API_KEY: "test-key" },
    });
    stage.env["GOOGLE_BASE_URL"] = stage.model.url;
    symlinkSync(program ?? "", join(stage.root, "bin", row.name));
    mkdirSync(stage.workspace, { recursive: true });
    writeFileSync(join(stage.workspace, "notes.txt"), "a note\n");
    await stage.run(["up"]);
    return stage;
  }

  const spawnArgs = ["agent", "spawn", "-d", "--agent", row.name];

  const mainCalls = (stage: Stage): ParsedRequest[] => stage.model.requests.filter(row.isMain);
  const agents = (stage: Stage): unknown[] =>
    findProcesses(stage.root).filter(({ command }) => command.includes(`bin/${row.name}`));

  async function spawn(stage: Stage, count = 1): Promise<string[]> {
    const sessions = Array.from({ length: count }, (_, at) => ({ task: `part ${at}`, agent: row.name }));
    return (await stage.spawn({ sessions })).sessions.map(({ id }) => id);
  }

  async function runOne(stage: Stage): Promise<SessionView> {
    const [session] = await stage.untilEnded(await spawn(stage), withinMs);
    if (session === undefined) throw new Error("nothing was spawned");
    return session;
  }

  describe.skipIf(program === undefined)(title, () => {
    test("works with its own tools as its level allows, uses our MCP server, and costs what it says", async () => {
      await using stage = await createAcpStage(({ turn }, { workspace }) => {
        const calls = [
          row.shell("ls"),
          row.write(join(workspace, "made.txt")),
          { name: row.inbox, input: {} },
        ];
        const call = calls[turn];
        return call === undefined ? { text: "all done" } : { text: `step ${turn}`, toolCalls: [call] };
      });
      const session = await runOne(stage);
      expect(session, JSON.stringify(session)).toMatchObject({
        status: "completed",
        turns: 4,
        result: { text: "all done" },
      });
      const results = mainCalls(stage).flatMap(({ toolResults }) => toolResults);
      expect(results.map(({ isError }) => isError)).toEqual([false, false, false]);
      const offered = mainCalls(stage)[0]?.toolNames ?? [];
      expect(offered).not.toContain(row.inbox.replace("inbox", "spawn"));
      const ours = row.inbox.replace("inbox", "");
      expect(offered.filter((name) => !name.startsWith(ours) && !row.own.includes(name))).toEqual([]);
      expect(Number(session.cost_usd)).toBeGreaterThan(0);
    }, 120_000);

    test("goes on with the conversation when it is resumed, and is booked at what is new", async () => {
      await using stage = await createAcpStage(({ turn, lastUserText }) => {
        if (lastUserText.includes("and again")) return { text: "once more" };
        const calls = row.resumesAfterTools && turn === 0 ? [{ name: row.inbox, input: {} }] : [];
        return { text: "all done", toolCalls: calls };
      });
      const session = await runOne(stage);
      const again = await stage.run(["agent", "resume", session.id, "and again"], { withinMs });
      expect(again.stdout, again.stderr).toContain("once more");
      expect(again.stdout).not.toContain("all done");
      const after = await stage.session(session.id);
      expect(after.turns).toBe(session.turns + 1);
      expect(Number(after.cost_usd)).toBeGreaterThan(Number(session.cost_usd));
      expect(Number(after.cost_usd)).toBeLessThan(Number(session.cost_usd) * 2.5);
    }, 120_000);

    test("has the servers of the user's own settings of it with --no-slim, asks before it uses them, and without it has none", async () => {
      await using stage = await createAcpStage(({ turn, toolNames }) => {
        if (!toolNames.includes(row.echo) || turn > 0) return { text: "all done" };
        return { text: "I say it", toolCalls: [{ name: row.echo, input: { word: "hello" } }] };
      });
      const log = join(stage.root, "words.log");
      const words = { command: process.execPath, args: [wordsFile, log, "none"], env: { WORD: "of-mine" } };
      const { file, text } = row.settings(words);
      mkdirSync(dirname(join(stage.root, "home", file)), { recursive: true });
      writeFileSync(join(stage.root, "home", file), text);
      const slim = await runOne(stage);
      expect([slim.mcp_servers, existsSync(log)]).toEqual([[], false]);
      const { stdout, stderr } = await stage.run([...spawnArgs, "--task", "t", "--no-slim"]);
      const id = stdout.trim();
      expect(id, stderr).not.toBe("");
      const waiting = await until(
        () => stage.session(id),
        ({ approvals, status }) => approvals.length === 1 || status === "failed",
        withinMs,
      );
      expect(waiting.mcp_servers).toEqual(["words"]);
      expect(waiting.approvals[0]?.tool, JSON.stringify(waiting.error)).toBe("mcp__words__echo");
      await stage.run(["agent", "answer", id, "allow"]);
      const [session] = await stage.untilEnded([id], withinMs);
      expect(session).toMatchObject({ status: "completed", result: { text: "all done" } });
      expect(JSON.stringify(mainCalls(stage).at(-1)?.body)).toContain("heard hello");
      const { env } = JSON.parse(readFileSync(log, "utf8")) as { env: Record<string, string> };
      expect(env["WORD"]).toBe("of-mine");
      for (const name of ["PROFCLAW_TOKEN", "GEMINI_API_KEY", "OPENCODE_CONFIG_CONTENT"]) {
        expect(env[name] ?? "", name).toBe("");
      }
    }, 120_000);

    test("asks before a command that is on no list, and hears a no", async () => {
      await using stage = await createAcpStage(({ turn, toolResults }) =>
        turn === 0
          ? { text: "I try", toolCalls: [row.shell("touch forbidden.txt")] }
          : { text: `told: ${toolResults.map(({ text }) => text).join()}` },
      );
      const [id = ""] = await spawn(stage);
      await until(
        () => stage.session(id),
        ({ status }) => status === "waiting",
        withinMs,
      );
      await stage.run(["agent", "answer", id, "deny"]);
      const [session] = await stage.untilEnded([id], withinMs);
      const made = await stage.shell("ls forbidden.txt");
      expect([session?.status, made.exitCode]).toEqual([expect.stringMatching(/completed|failed/), 2]);
    }, 120_000);

    test("runs ten at once", async () => {
      await using stage = await createAcpStage(({ lastUserText }) => ({
        text: `done: ${/part \d/.exec(lastUserText)?.[0] ?? "?"}`,
      }));
      const startedAt = Date.now();
      const ended = await stage.untilEnded(await spawn(stage, 10), 240_000);
      process.stderr.write(`${title}: ten at once took ${Date.now() - startedAt} ms\n`);
      expect(ended.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => "completed"));
      expect(ended.map(({ task, result }) => result?.text === `done: ${task}`)).not.toContain(false);
      expect(agents(stage)).toEqual([]);
    }, 300_000);

    test("lives on when the daemon is killed, and is asked nothing twice", async () => {
      await using stage = await createAcpStage(({ turn }) =>
        turn === 0
          ? { text: "I look", toolCalls: [{ name: row.inbox, input: {} }] }
          : { text: "undisturbed", delayMs: 5_000 },
      );
      const [id = ""] = await spawn(stage);
      await until(
        () => mainCalls(stage).length,
        (calls) => calls === 2,
        withinMs,
      );
      const { pid } = stage.discovery();
      killHard(pid);
      await stage.untilReplaced(pid);
      const [session] = await stage.untilEnded([id], withinMs);
      expect(session).toMatchObject({ status: "completed", turns: 2, result: { text: "undisturbed" } });
      expect(mainCalls(stage)).toHaveLength(2);
    }, 120_000);

    test("is gone soon when it is stopped in a command, with what that started", async () => {
      await using stage = await createAcpStage(() => ({
        text: "I sleep",
        toolCalls: [row.shell("setsid sleep 471 & sleep 472")],
      }));
      const full = ["agent", "spawn", "--agent", row.name, "--permission-mode", "full", "--task", "t", "-d"];
      await stage.run(full);
      const sleepers = (): unknown[] =>
        findProcesses(stage.root).filter(({ command }) => /^sleep 47[12]/.test(command));
      await until(sleepers, (found) => found.length >= 2, withinMs);
      await stage.run(["agent", "stop", "--all"]);
      await until(
        () => [...agents(stage), ...sleepers()],
        (left) => left.length === 0,
        3_000,
      );
      const [session] = await stage.sessions();
      expect(session).toMatchObject({ status: "cancelled" });
    }, 120_000);

    test.each([401, 400, 429, 500])(
      "its provider answers %i: the session fails and says so",
      async (status) => {
        await using stage = await createAcpStage(() => ({
          status,
          error: { message: "the provider said no" },
        }));
        const { sessions } = await stage.spawn({
          sessions: [{ task: "t", agent: row.name }],
          // It tries 429 and 500 again for minutes.
          timeout: status < 429 ? 80_000 : 20_000,
        });
        const [session] = await stage.untilEnded(
          sessions.map(({ id }) => id),
          withinMs,
        );
        process.stderr.write(`${title} ${status}: ${JSON.stringify([session?.status, session?.error])}\n`);
        expect(session?.status).toBe(status < 429 ? "failed" : "timed_out");
        expect(session?.error?.detail.length).toBeGreaterThan(10);
        await sleep(100);
        expect(agents(stage)).toEqual([]);
      },
      120_000,
    );
  });
}
