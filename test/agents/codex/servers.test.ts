import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SessionView } from "../../../src/contract/shapes.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { findProcesses } from "../../support/e2e/processes.ts";
import { until } from "../../support/e2e/until.ts";
import { findAgent } from "../pinned-agents.ts";

const { title, program = "" } = findAgent("codex");
const withinMs = 50_000;
// One that codex knows nothing of: it gets plain functions, as its newest ones do not.
const model = "gpt-5.2";
const wordsFile = fileURLToPath(new URL("../../support/mcp/words-server.mjs", import.meta.url));

let stage: Stage;
let log: string;

beforeAll(async () => {
  stage = await createStage();
  if (program !== "") symlinkSync(program, join(stage.root, "bin/codex"));
  await stage.run(["up"]);
  log = join(stage.root, "words.log");
  mkdirSync(join(stage.root, "home", ".codex"), { recursive: true });
  const words = { command: process.execPath, args: [wordsFile, log, "none"], env: { WORD: "of-mine" } };
  const approve = { ...words, default_tools_approval_mode: "approve" };
  writeFileSync(
    join(stage.root, "home", ".codex", "config.toml"),
    stringify({ mcp_servers: { words: approve } }),
  );
});
afterAll(() => stage.close());

async function spawn(more: object): Promise<string> {
  const { sessions } = await stage.spawn({ sessions: [{ task: "Say it.", agent: "codex", model, ...more }] });
  return sessions[0]?.id ?? "";
}

async function ended(id: string): Promise<SessionView> {
  const [session] = await stage.untilEnded([id], withinMs);
  if (session === undefined) throw new Error(`there is no session ${id}`);
  return session;
}

const groupsOf = (at: number): unknown =>
  (stage.model.requests[at]?.body["tools"] as { name?: string }[] | undefined)?.map(({ name }) => name);

describe.runIf(program !== "")(`${title} and the user's servers`, () => {
  test("has those of its user's own settings with --no-slim, asks before it uses them, and another thread of its process has none", async () => {
    stage.model.setScript(({ turn }) =>
      turn === 0
        ? { toolCalls: [{ name: "echo", namespace: "mcp__words", input: { word: "hello" } }] }
        : { text: "Done." },
    );
    const before = stage.model.requests.length;
    const id = await spawn({ slim: false });
    const waiting = await until(
      () => stage.session(id),
      ({ status }) => status !== "running" && status !== "queued",
      withinMs,
    );
    expect(groupsOf(before)).toContain("mcp__words");
    expect(waiting.mcp_servers).toEqual(["words"]);
    expect(waiting.approvals[0]?.tool).toBe("mcp__words__echo");
    const slim = await spawn({});
    expect((await ended(slim)).mcp_servers).toEqual([]);
    expect(groupsOf(stage.model.requests.length - 1)).not.toContain("mcp__words");
    await stage.run(["agent", "answer", id, "allow"]);
    expect(await ended(id)).toMatchObject({ status: "completed", result: { text: "Done." } });
    expect(JSON.stringify(stage.model.requests.at(-1)?.body)).toContain("heard hello");
    expect(existsSync(log)).toBe(true);
    const { env } = JSON.parse(readFileSync(log, "utf8")) as { env: Record<string, string> };
    expect(env["WORD"]).toBe("of-mine");
    for (const name of ["PROFCLAW_TOKEN", "OPENAI_API_KEY"]) expect(env).not.toHaveProperty(name);
    const left = () => findProcesses(stage.root).filter(({ command }) => command.includes("words-server"));
    await until(left, (found) => found.length === 0, 2_000);
  }, 120_000);
});
