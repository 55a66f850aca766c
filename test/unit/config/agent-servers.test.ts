import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readAgentServers } from "../../../src/config/agent-servers.ts";

function createHome(files: Readonly<Record<string, string>> = {}): string {
  const home = mkdtempSync(join(tmpdir(), "profclaw-agent-servers-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  return home;
}

test("codex's are read with what their variables hold, and one that is switched off or is ours is none", () => {
  const text = `
model = "x"
[mcp_servers.words]
command = "w"
args = ["a"]
cwd = "/srv"
env_vars = ["KEPT", "NOT_SET"]
tool_timeout_sec = 2.5
[mcp_servers.words.env]
K = "\${AS_WRITTEN}"
[mcp_servers.far]
url = "https://far.test/mcp"
bearer_token_env_var = "TOKEN"
http_headers = { X = "1" }
env_http_headers = { Y = "KEPT" }
[mcp_servers.off]
command = "w"
enabled = false
[mcp_servers.some]
command = "w"
enabled_tools = ["one"]
[mcp_servers.profclaw]
command = "profclaw"
args = ["mcp"]
`;
  const home = createHome({ ".codex/config.toml": text });
  const read = readAgentServers("codex", { HOME: home, TOKEN: "t0ken", KEPT: "kept" });
  const source = join(home, ".codex", "config.toml");
  expect(read.servers).toEqual([
    {
      name: "words",
      source,
      timeoutMs: 2_500,
      kind: "stdio",
      command: "w",
      args: ["a"],
      cwd: "/srv",
      env: { KEPT: "kept", K: "${AS_WRITTEN}" },
    },
    {
      name: "far",
      source,
      timeoutMs: null,
      kind: "http",
      url: "https://far.test/mcp",
      headers: { Authorization: "Bearer t0ken", X: "1", Y: "kept" },
    },
  ]);
  expect(read.faults).toEqual([`some of ${source}: its enabled_tools could not be kept to`]);
  const moved = createHome({ "config.toml": '[mcp_servers.else]\ncommand = "e"\n' });
  const names = readAgentServers("codex", { HOME: home, CODEX_HOME: moved }).servers.map(({ name }) => name);
  expect(names).toEqual(["else"]);
});

test("gemini's are read with comments and both ways of naming a variable; what speaks SSE is named and left out", () => {
  const text = `{
  // mine
  "mcpServers": {
    "words": { "command": "w", "args": ["$ONE"], "env": { "K": "\${TWO}" }, "trust": true },
    "far": { "httpUrl": "https://far.test/mcp", "headers": { "Authorization": "Bearer $ONE" } },
    "old": { "url": "https://old.test/sse" },
    "few": { "command": "w", "excludeTools": ["rm"] },
  },
}`;
  const home = createHome({ ".gemini/settings.json": text });
  const { servers, faults } = readAgentServers("gemini", { HOME: home, ONE: "1", TWO: "2" });
  expect(servers).toMatchObject([
    { name: "words", command: "w", args: ["1"], env: { K: "2" } },
    { name: "far", url: "https://far.test/mcp", headers: { Authorization: "Bearer 1" } },
  ]);
  expect(faults.join()).toMatch(/few of .*excludeTools.*old of .*SSE is not spoken/);
  expect(readAgentServers("gemini", { HOME: home, ONE: "1" }).faults.join()).toContain("TWO is not set");
});

test("opencode's are read, local and remote, with its own word for variables", () => {
  const mcp = {
    words: { type: "local", command: ["w", "a"], environment: { K: "{env:ONE}", L: "{env:NONE}" } },
    far: { type: "remote", url: "https://far.test/mcp", headers: { X: "{env:ONE}" } },
    off: { type: "local", command: ["w"], enabled: false },
    filed: { type: "remote", url: "https://far.test/mcp", headers: { X: "{file:~/key}" } },
  };
  const home = createHome({ ".config/opencode/opencode.json": JSON.stringify({ mcp }) });
  const { servers, faults } = readAgentServers("opencode", { HOME: home, ONE: "1" });
  expect(servers).toMatchObject([
    { name: "words", command: "w", args: ["a"], env: { K: "1", L: "" } },
    { name: "far", url: "https://far.test/mcp", headers: { X: "1" } },
  ]);
  expect(faults.join()).toContain("filed of");
});

test("there are none without a file, of an agent that is not known, or in a file that is no such thing", () => {
  const none = { servers: [], faults: [] };
  for (const agent of ["codex", "gemini", "opencode", "acp:x", "constructor"]) {
    expect(readAgentServers(agent, { HOME: createHome() }), agent).toEqual(none);
  }
  const home = createHome({
    ".codex/config.toml": "[mcp_servers",
    ".gemini/settings.json": '{"mcpServers": 7}',
  });
  for (const agent of ["codex", "gemini"]) {
    expect(readAgentServers(agent, { HOME: home }).faults.join(), agent).toContain("can not be read");
  }
  const odd = createHome({ ".codex/config.toml": 'mcp_servers.a = 7\nmcp_servers."b c".command = "x"\n' });
  expect(readAgentServers("codex", { HOME: odd }).faults).toHaveLength(2);
});
