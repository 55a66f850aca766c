import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { commandTable } from "../../../src/cli/command-table.ts";
import { toolTable } from "../../../src/mcp/tool-table.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const plugin = join(root, "plugin/claude");
const readJson = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
const own = readJson(join(root, "package.json"));

describe("what is told of this package elsewhere is what it says of itself", () => {
  test("server.json: name, version, and how it is started", () => {
    const server = readJson(join(root, "server.json"));
    expect(server).toMatchObject({ name: own["mcpName"], version: own["version"] });
    expect(server["packages"]).toEqual([
      {
        registryType: "npm",
        identifier: own["name"],
        version: own["version"],
        transport: { type: "stdio" },
        packageArguments: [{ type: "positional", value: "mcp" }],
      },
    ]);
    expect(String(server["description"]).length).toBeLessThanOrEqual(100);
  });

  test("the plugin: version, licence and server", () => {
    const { version, license, name } = own;
    expect(readJson(join(plugin, ".claude-plugin/plugin.json"))).toMatchObject({ version, license, name });
    expect(readJson(join(plugin, ".mcp.json"))).toEqual({
      mcpServers: { profclaw: { command: "profclaw", args: ["mcp"] } },
    });
  });
});

test("skill, commands and hooks name only tools and commands that there are", () => {
  const texts = readdirSync(plugin, { recursive: true, encoding: "utf8" })
    .map((path) => join(plugin, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const typed = [...texts.matchAll(/profclaw ((?:agent )?[a-z]+)/g)].map(([, words = ""]) => words);
  const commands = new Set(commandTable.map(({ name }) => name));
  const known = typed.filter((words) => commands.has(words) || commands.has(words.split(" ")[0] ?? ""));
  expect(known).toEqual(expect.arrayContaining(["agent sessions", "approvals"]));
  const tools = new Set(toolTable.map(({ name }) => name));
  const named = ["spawn", "wait", "consolidate", "vote_distill", "tasks", "inbox"];
  expect(named.filter((name) => !tools.has(name) || !texts.includes(name))).toEqual([]);
});

describe.skipIf(process.platform === "win32")("the hooks", () => {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-hooks-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** With a program of that name that prints this and ends so. */
  function run(hook: string, printed: string, exitCode = 0): string {
    const program = join(folder, "profclaw");
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$PROFCLAW_NO_AUTOSTART" = 1 ] || exit 9\ncat <<'END'\n${printed}\nEND\nexit ${exitCode}\n`,
    );
    chmodSync(program, 0o755);
    const { stdout, status } = spawnSync(join(plugin, "hooks", hook), {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: "utf8",
    });
    expect(status).toBe(0);
    return stdout;
  }

  test("tell which sessions are alive, and nothing where there is no daemon", () => {
    expect(run("report-sessions.sh", "1a2b3c4d running: tests")).toContain("1a2b3c4d running: tests");
    expect(run("report-sessions.sh", "", 4)).toBe("");
  });

  test("tell the user of sessions that ask for leave, and are silent else", () => {
    const said = run("report-waiting.sh", '{\n  "approvals": [{ "session_id": "1a2b" }]\n}');
    expect(JSON.parse(said)).toMatchObject({ systemMessage: expect.stringContaining("profclaw approvals") });
    expect(run("report-waiting.sh", '{\n  "approvals": [],\n  "next_cursor": null\n}')).toBe("");
    expect(run("report-waiting.sh", "", 4)).toBe("");
  });
});
