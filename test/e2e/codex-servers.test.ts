import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SessionView } from "../../src/contract/shapes.ts";
import { createCodexStage, runCodex } from "../support/e2e/codex-stage.ts";
import { until } from "../support/e2e/until.ts";

/** What its thread was opened with, as the fake tells it. */
function serversOf(session?: SessionView): Record<string, object> {
  const said = JSON.parse(session?.result?.text ?? "{}") as {
    opened: { config: { mcp_servers: Record<string, object> } };
  };
  return said.opened.config.mcp_servers;
}

test("codex has the servers that a session names in its own thread alone, and asks before it uses them", async () => {
  await using stage = await createCodexStage();
  const words = { command: "words", args: ["a"], env: { KEY: "s3cret-of-words" } };
  const far = { url: "http://far.test/mcp", headers: { Authorization: "Bearer xyz-9" }, timeout: 5_000 };
  const write = (mcpServers: object): void =>
    writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ mcpServers }), { mode: 0o600 });
  write({ words, far });
  await stage.run(["up"]);
  const [slim] = await runCodex(stage, ["trap:surroundings"]);
  const [all] = await runCodex(stage, ["trap:surroundings"], { slim: false });
  expect(Object.keys(serversOf(slim))).toEqual(["profclaw"]);
  expect(all?.mcp_servers).toEqual(["far", "words"]);
  const asks = { default_tools_approval_mode: "prompt", enabled: true };
  expect(serversOf(all)).toMatchObject({
    words: { command: "words", args: ["a"], env: words.env, ...asks },
    far: { url: far.url, http_headers: far.headers, tool_timeout_sec: 5, ...asks },
    profclaw: { default_tools_approval_mode: "approve" },
  });
  const { sessions } = await stage.spawn({
    sessions: [{ task: "trap:server", agent: "codex", mcp: ["words"] }],
  });
  const id = sessions[0]?.id ?? "";
  const waiting = await until(
    () => stage.session(id),
    ({ status }) => status === "waiting",
  );
  expect(waiting.approvals[0]?.tool).toBe("mcp__words__echo");
  await stage.run(["agent", "answer", id, "allow"]);
  const [asked] = await stage.untilEnded([id]);
  expect(JSON.parse(asked?.result?.text ?? "{}")).toEqual({ action: "accept", content: {}, _meta: null });
  write({});
  await stage.run(["agent", "resume", id, "trap:surroundings"]);
  const later = await stage.session(id);
  expect(later.result?.text).toContain("MCP server words is not in any settings file");
}, 40_000);

const own = `
[mcp_servers.mine]
command = "m"
default_tools_approval_mode = "approve"
[mcp_servers.mine.tools.echo]
approval_mode = "approve"
[mcp_servers.words]
command = "from-codex"
`;

test.each(["key", "login"])(
  "codex with a %s has the servers of its user's own settings with --no-slim alone, and they ask",
  async (way) => {
    await using stage = await createCodexStage(way === "key" ? {} : { OPENAI_API_KEY: "" });
    mkdirSync(join(stage.root, "home/.codex"), { recursive: true });
    writeFileSync(join(stage.root, "home/.codex/config.toml"), own);
    const login = JSON.stringify({ tokens: { id_token: "x" } });
    if (way === "login") writeFileSync(join(stage.root, "home/.codex/auth.json"), login);
    const mcpServers = { words: { command: "from-profclaw" } };
    writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ mcpServers }), { mode: 0o600 });
    await stage.run(["up"]);
    const [slim] = await runCodex(stage, ["trap:surroundings"]);
    const [all] = await runCodex(stage, ["trap:surroundings"], { slim: false });
    const off = { mine: { enabled: false }, words: { enabled: false } };
    const { profclaw, ...slimmed } = serversOf(slim);
    expect([Object.keys(profclaw ?? {}), slimmed]).toEqual([
      expect.arrayContaining(["url"]),
      way === "key" ? {} : off,
    ]);
    expect(all?.mcp_servers).toEqual(["mine", "words"]);
    const asks = { default_tools_approval_mode: "prompt", enabled: true };
    // With a login codex reads its settings itself: nothing of them is said twice.
    const { mine, words } = serversOf(all);
    expect(words).toEqual(way === "key" ? { command: "from-codex", args: [], env: {}, ...asks } : asks);
    const tools = { echo: { approval_mode: "prompt" } };
    expect(mine).toEqual(way === "key" ? { command: "m", args: [], env: {}, ...asks } : { ...asks, tools });
  },
  40_000,
);

test("CODEX_HOME in the settings of codex is where its login, its settings and their servers are, and its program has all of that", async () => {
  await using stage = await createCodexStage({ OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "", GROQ_API_KEY: "" });
  const program = join(stage.root, "bin", "codex");
  const moved = join(stage.root, "moved");
  mkdirSync(moved);
  writeFileSync(join(moved, "config.toml"), own);
  const needs = '[ "$NEEDED" = yes ] || exit 1\nexec ';
  writeFileSync(program, readFileSync(program, "utf8").replace("exec ", needs));
  const write = (env: object): void => {
    const agents = { codex: { command: [program], env } };
    writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  };
  write({ NEEDED: "yes", CODEX_HOME: moved });
  await stage.run(["up"]);
  const list = async (): Promise<string> => (await stage.run(["agent", "list"])).stdout;
  expect(await list()).toMatch(/codex +not logged in/);
  writeFileSync(join(moved, "auth.json"), JSON.stringify({ tokens: { id_token: "x" } }));
  expect(await list()).toMatch(/codex +ready(?!, by exec)/);
  const [all] = await runCodex(stage, ["trap:surroundings"], { slim: false });
  expect(all?.mcp_servers).toEqual(["mine", "words"]);
  expect(Object.keys(serversOf(all))).toEqual(["mine", "words", "profclaw"]);
  expect(JSON.parse(all?.result?.text ?? "{}")).toMatchObject({ env: { CODEX_HOME: moved, NEEDED: "yes" } });
  // On a busy machine a program may be too slow for it.
  await until(
    () => stage.run(["doctor"]),
    ({ stdout }) => /9\S*, \S+codex; --agent codex\n/.test(stdout),
    20_000,
  );
  write({ CODEX_HOME: moved });
  // Without what it needs it does not start at all.
  expect(await list()).toMatch(/codex +broken/);
}, 40_000);
