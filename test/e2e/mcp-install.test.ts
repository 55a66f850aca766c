import {
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;
let file: string;

beforeAll(async () => {
  stage = await createStage();
  file = join(stage.env["HOME"] ?? "", ".claude.json");
});

afterAll(() => stage.close());

test("it shows the change and needs a yes; then the file is changed, and a copy is kept", async () => {
  const before = '{\n  "numStartups": 3\n}\n';
  writeFileSync(file, before, { mode: 0o640 });
  const asked = await stage.run(["mcp", "install", "claude"]);
  expect([asked.exitCode, asked.stderr]).toEqual([8, expect.stringContaining("--yes")]);
  expect(asked.stderr).toContain('+    "profclaw": {');
  const dry = await stage.run(["mcp", "install", "claude", "--dry-run", "--json"]);
  expect(JSON.parse(dry.stdout)).toMatchObject({ status: "would-change", backup: null });
  expect(readFileSync(file, "utf8")).toBe(before);
  const done = await stage.run(["mcp", "install", "claude", "--yes", "--json"]);
  expect(JSON.parse(done.stdout)).toMatchObject({ status: "installed", backup: `${file}.before-profclaw` });
  expect(readFileSync(`${file}.before-profclaw`, "utf8")).toBe(before);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    numStartups: 3,
    mcpServers: { profclaw: { type: "stdio", args: expect.arrayContaining(["mcp"]) } },
  });
  expect(statSync(file).mode & 0o777).toBe(0o640);
  const again = await stage.run(["mcp", "install", "claude"]);
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining("unchanged")]);
});

test("uninstall takes it out again, through a link that stays one", async () => {
  const target = join(stage.root, "elsewhere.json");
  renameSync(file, target);
  symlinkSync(target, file);
  const first = readFileSync(`${file}.before-profclaw`, "utf8");
  const installed = readFileSync(file, "utf8");
  const out = await stage.run(["mcp", "uninstall", "claude", "--yes", "--json"]);
  expect(JSON.parse(out.stdout)).toMatchObject({ backup: `${file}.before-profclaw-2` });
  expect(readFileSync(`${file}.before-profclaw-2`, "utf8")).toBe(installed);
  expect(readFileSync(`${file}.before-profclaw`, "utf8")).toBe(first);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(JSON.parse(readFileSync(target, "utf8"))).toEqual({ numStartups: 3, mcpServers: {} });
});

test("a broken file is refused with its place and not touched; an unknown client is exit 2", async () => {
  writeFileSync(file, '{ "a": \n');
  const end = await stage.run(["mcp", "install", "claude", "--yes"]);
  expect([end.exitCode, end.stderr]).toEqual([3, expect.stringMatching(/not JSON at \d+:\d+/)]);
  expect(readFileSync(file, "utf8")).toBe('{ "a": \n');
  expect((await stage.run(["mcp", "install", "claud"])).exitCode).toBe(2);
  expect((await stage.run(["mcp", "install"])).exitCode).toBe(2);
});

test("a client without a file yet gets one, and no daemon is started for it", async () => {
  const made = await stage.run(["mcp", "install", "codex", "--yes"]);
  expect(made.exitCode).toBe(0);
  const text = readFileSync(join(stage.env["HOME"] ?? "", ".codex", "config.toml"), "utf8");
  expect(text).toMatch(/^\[mcp_servers\.profclaw\]\ncommand = /);
  expect(existsSync(join(stage.state, "daemon.json"))).toBe(false);
});
