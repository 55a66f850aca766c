import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { McpServer } from "../../../src/config/mcp-servers.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { keepGivenServers, readGivenServers } from "../../../src/runners/external/acp/acp-servers.ts";
import { findGivenServers, toStart } from "../../../src/runners/external/given-servers.ts";

const base = { source: "config.yaml", timeoutMs: null };
const words: McpServer = {
  ...base,
  name: "words",
  kind: "stdio",
  command: "w",
  args: ["a"],
  env: { K: "v" },
};
const github: McpServer = {
  ...base,
  name: "github",
  kind: "http",
  url: "https://g/mcp",
  headers: { Authorization: "Bearer secret" },
};

const sourceOf = (...servers: McpServer[]) => ({
  mcpServers: () => Promise.resolve(new Map(servers.map((server) => [server.name, server]))),
});

function createHome(): string {
  const root = mkdtempSync(join(tmpdir(), "profclaw-given-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return join(root, "home");
}

const sessionWith = (mcpServers?: string[]) => ({ cwd: "/w", agent: "x", mcpServers }) as SessionRecord;

test("a session's servers are kept for its agent's first words in a file that only the user can read", async () => {
  const home = createHome();
  const session = sessionWith(["words", "github", "gone"]);
  await keepGivenServers(sourceOf(words, github), { session, home }, ["OWN_KEY"]);
  expect(statSync(join(home, "mcp.json")).mode & 0o777).toBe(0o600);
  const env = [
    { name: "PROFCLAW_TOKEN", value: "" },
    { name: "OWN_KEY", value: "" },
    { name: "K", value: "v" },
  ];
  expect(readGivenServers(home, session.mcpServers)).toEqual({
    servers: [
      { name: "words", command: "w", args: ["a"], env },
      {
        type: "http",
        name: "github",
        url: "https://g/mcp",
        headers: [{ name: "Authorization", value: "Bearer secret" }],
      },
    ],
    missing: ["gone"],
  });
  // One that was taken out of the settings since is gone at the next launch.
  await keepGivenServers(sourceOf(github), { session, home }, []);
  expect(readGivenServers(home, session.mcpServers).missing).toEqual(["words", "gone"]);
});

test("without servers nothing is kept and nothing is read, and a broken file holds none", async () => {
  const home = createHome();
  await keepGivenServers(sourceOf(words), { session: sessionWith(), home }, []);
  expect(() => readFileSync(join(home, "mcp.json"))).toThrow("ENOENT");
  expect(readGivenServers(home, ["words"])).toEqual({ servers: [], missing: ["words"] });
  await keepGivenServers(sourceOf(words), { session: sessionWith(["words"]), home }, []);
  expect(readGivenServers(home)).toEqual({ servers: [], missing: [] });
  for (const text of ['[{"name":"words"', '{"name":"words"}', '[7,{"name":"words"}]']) {
    writeFileSync(join(home, "mcp.json"), text);
    expect(readGivenServers(home, ["words"]).servers).toEqual([]);
  }
});

test("an entry with a place that would be filled in with the session's token is refused", async () => {
  const sly = { ...words, env: { T: "{{PROFCLAW_TOKEN}}" } };
  await expect(findGivenServers(sourceOf(sly), sessionWith(["words"]))).rejects.toThrow(
    "MCP server words of config.yaml has a {{PLACE}}",
  );
});

test("a server with a folder of its own is started there, by an agent that has no place for it", () => {
  expect(toStart(words)).toEqual({ command: "w", args: ["a"] });
  const { command, args } = toStart({ ...words, cwd: "/srv/it's" });
  expect([command, ...args]).toEqual(["/bin/sh", "-c", 'cd "$0" && exec "$@"', "/srv/it's", "w", "a"]);
});
