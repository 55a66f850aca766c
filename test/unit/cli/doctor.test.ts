import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { lookAtSqlite } from "../../../src/cli/doctor/look-at-machine.ts";
import { lookAtState } from "../../../src/cli/doctor/look-at-state.ts";
import { runWords } from "../../../src/cli/main.ts";
import { resolvePaths } from "../../../src/config/paths.ts";
import { openInProcessStore } from "../../../src/store/sqlite/open-in-process-store.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { findProcesses } from "../../support/e2e/processes.ts";
import { until } from "../../support/e2e/until.ts";
import { startModelServer } from "../../support/model-server/start-model-server.ts";
import { createCapturedContext } from "./captured-context.ts";

const key = "sk-ant-a-key-that-must-not-be-shown";
/** Nobody listens there; an Ollama of the machine must not count. */
const noOllama = { OLLAMA_BASE_URL: "http://127.0.0.1:9" };

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "profclaw-doctor-"));
}

async function examine(env: Record<string, string>) {
  const { context, out, talk } = createCapturedContext({ ...noOllama, ...env });
  const code = await runWords(["doctor", "--json"], context);
  const { ok, findings } = JSON.parse(out()) as { ok: boolean; findings: Finding[] };
  const find = (check: string): Finding[] => findings.filter((finding) => finding.check === check);
  return { code, ok, findings, find, talk: talk() };
}

test("with a key nothing is in the way: exit 0, every look told, no daemon started, nothing made", async () => {
  const home = join(makeFolder(), "not", "there");
  const { code, ok, findings, find } = await examine({ PROFCLAW_HOME: home, ANTHROPIC_API_KEY: key });
  expect([code, ok]).toEqual([0, true]);
  const checks = ["node", "sqlite", "state", "disk", "database", "config", "keys", "daemon", "port", "proxy"];
  expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining([...checks, "git", "claude"]));
  expect(find("daemon")[0]?.detail).toMatch(/none runs/);
  expect(() => chmodSync(home, 0o700)).toThrow(/ENOENT/);
});

test("keys are named and never shown, wherever they are", async () => {
  const home = makeFolder();
  const config = `providers:\n  groq:\n    api_key: ${key}1\n  mistral:\n    api_key_env: NOT_SET_HERE\n`;
  writeFileSync(join(home, "config.yaml"), config, { mode: 0o600 });
  const seen = await examine({
    PROFCLAW_HOME: home,
    ANTHROPIC_API_KEY: key,
    GEMINI_API_KEY: `${key}2`,
    MY_LLM_BASE_URL: "http://user:password@127.0.0.1:1/v1",
    HTTPS_PROXY: "http://user:password@proxy:8080",
  });
  expect(seen.find("keys")[0]?.detail).toBe(
    "google (GEMINI_API_KEY), anthropic (ANTHROPIC_API_KEY), my-llm (MY_LLM_BASE_URL, no key), groq (config.yaml)",
  );
  expect(seen.find("keys")[1]).toMatchObject({ state: "warn", fix: "export NOT_SET_HERE=…" });
  expect(JSON.stringify(seen)).not.toContain(key);
  expect(JSON.stringify(seen)).not.toContain("password");
});

test("no key at all is exit 3 with the ways on, the demo among them", async () => {
  const { code, ok, find } = await examine({});
  expect([code, ok]).toEqual([3, false]);
  expect(find("keys")[0]).toMatchObject({ state: "fail", fix: expect.stringContaining("profclaw demo") });
  expect(find("keys")[1]).toMatchObject({ state: "warn", fix: "ollama serve" });
});

test("a local Ollama needs no key, but a model", async () => {
  const server = await startModelServer({ script: () => ({ text: "hi" }), installed: ["qwen3", "llama3"] });
  const env = { OLLAMA_BASE_URL: server.url };
  const { code, find } = await examine(env);
  expect([code, find("keys")[0]?.detail]).toEqual([0, "ollama (2 models)"]);
  server.setInstalled([]);
  const bare = await examine(env);
  expect(bare.code).toBe(3);
  expect(bare.find("keys")).toMatchObject([{ state: "fail" }, { state: "warn", fix: "ollama pull qwen3" }]);
  await server.close();
});

test("a wrong settings file or variable is told with its place, and is exit 3", async () => {
  const home = makeFolder();
  writeFileSync(join(home, "config.yaml"), "pool:\n  mode: huge\n");
  const { code, find } = await examine({ PROFCLAW_HOME: home, ANTHROPIC_API_KEY: key });
  expect(code).toBe(3);
  expect(find("config")[0]?.detail).toContain("config.yaml:2:9");
  const other = await examine({ POOL_MAX_CONCURRENT: "many", ANTHROPIC_API_KEY: key });
  expect(other.find("config")[0]).toMatchObject({
    state: "fail",
    detail: expect.stringContaining("POOL_MAX"),
  });
});

test("a state folder that is a file, one below a file, and a link to nothing are told with what to type", async () => {
  const folder = makeFolder();
  const [file, link] = [join(folder, "file"), join(folder, "link")];
  writeFileSync(file, "");
  symlinkSync(join(folder, "nothing"), link);
  for (const home of [file, join(file, "below"), link]) {
    const { code, find } = await examine({ PROFCLAW_HOME: home, ANTHROPIC_API_KEY: key });
    expect(code).toBe(3);
    expect(find("state")).toMatchObject([{ state: "fail", fix: expect.stringContaining("PROFCLAW_HOME") }]);
  }
});

test("a state folder that others may open, or that is another's, is a warning", () => {
  const home = makeFolder();
  const paths = resolvePaths({ PROFCLAW_HOME: home });
  const uid = process.getuid?.() ?? 0;
  expect(lookAtState(paths, uid)).toMatchObject({ state: "ok" });
  expect(lookAtState(paths, uid + 1)).toMatchObject({ state: "warn", detail: /another user/ });
  chmodSync(home, 0o755);
  expect(lookAtState(paths, uid)).toMatchObject({ state: "warn", fix: `chmod 700 ${home}` });
});

test("the database: its schema, one of a newer program, one that is damaged, one that is gone", async () => {
  const home = makeFolder();
  const [path, env] = [join(home, "profclaw.db"), { PROFCLAW_HOME: home, ANTHROPIC_API_KEY: key }];
  const store = await openInProcessStore({
    path,
    artifactsPath: join(home, "artifacts"),
    clock: systemClock,
  });
  await store.close();
  expect((await examine(env)).find("database")).toMatchObject([
    { state: "ok", detail: /schema \d+, no backup/ },
  ]);
  const newer = Buffer.alloc(4_096);
  newer.write("SQLite format 3\0");
  newer.writeUInt32BE(999, 60);
  writeFileSync(path, newer);
  expect((await examine(env)).find("database")).toMatchObject([{ state: "fail", detail: /newer.*999/ }]);
  writeFileSync(path, "not a database at all");
  expect((await examine(env)).find("database")).toMatchObject([{ state: "warn", detail: /damaged/ }]);
  mkdirSync(join(home, "backups"));
  writeFileSync(join(home, "backups", "profclaw-2026-11-21T12-00-00-000Z.db"), "");
  writeFileSync(path, "");
  expect((await examine(env)).find("database")[0]?.state).toBe("warn");
});

test("an older SQLite is in the way", async () => {
  expect(await lookAtSqlite(Promise.resolve("3.45.1"))).toMatchObject({ state: "fail", detail: /3\.45\.1/ });
});

test("agents on PATH are found; one that hangs is not waited for, and nothing of it is left", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "claude"), "#!/bin/sh\necho '9.9.9 (a test)'\n", { mode: 0o755 });
  writeFileSync(join(folder, "opencode"), "#!/bin/sh\necho broken >&2\nexit 127\n", { mode: 0o755 });
  writeFileSync(join(folder, "codex"), `#!/bin/sh\nsleep 300 ${folder} & sleep 300\n`, { mode: 0o755 });
  writeFileSync(join(folder, "gemini"), "no program", { mode: 0o644 });
  const startedAt = performance.now();
  const { find } = await examine({ PATH: `${folder}:/usr/bin:/bin`, ANTHROPIC_API_KEY: key });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(find("claude")[0]?.detail).toMatch(/^9\.9\.9 \(a test\), .*--agent claude$/);
  expect(find("opencode")[0]).toMatchObject({
    state: "warn",
    detail: expect.stringMatching(/^does not start: .* exit code 127$/) as string,
    fix: expect.stringContaining("npm i -g opencode-ai") as string,
  });
  expect(find("codex")[0]?.detail).toMatch(/^version unknown/);
  expect(find("gemini")[0]?.detail).toMatch(/^not found/);
  await until(
    () => findProcesses(folder),
    (left) => left.length === 0,
    1_000,
  );
});

test("Ctrl-C ends it at once with 130, says nothing, and leaves no program behind", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "codex"), `#!/bin/sh\nsleep 300 ${folder} & sleep 300\n`, { mode: 0o755 });
  const { context, out, talk, interrupt } = createCapturedContext({ PATH: `${folder}:/usr/bin:/bin` });
  const startedAt = performance.now();
  const running = runWords(["doctor"], context);
  await until(
    () => findProcesses(folder),
    (found) => found.length > 0,
  );
  interrupt();
  expect([await running, out(), talk()]).toEqual([130, "", ""]);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await until(
    () => findProcesses(folder),
    (left) => left.length === 0,
    1_000,
  );
});

test("a proxy that model calls do not use by themselves is a warning", async () => {
  const proxy = { HTTPS_PROXY: "http://proxy:8080", ANTHROPIC_API_KEY: key };
  expect((await examine(proxy)).find("proxy")[0]?.fix).toContain("NODE_USE_ENV_PROXY=1");
  expect((await examine({ ...proxy, NODE_USE_ENV_PROXY: "1" })).find("proxy")[0]?.state).toBe("ok");
});

test("what takes connections and never answers is told as a daemon that hangs", async () => {
  const home = makeFolder();
  const server = createServer(() => undefined).listen(join(home, "daemon.sock"));
  const { code, find } = await examine({ PROFCLAW_HOME: home, ANTHROPIC_API_KEY: key });
  server.close();
  expect(code).toBe(3);
  expect(find("daemon")[0]).toMatchObject({
    state: "fail",
    fix: expect.stringContaining("PROFCLAW_TAKEOVER=1"),
  });
});
