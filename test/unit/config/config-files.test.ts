import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findKeyVariables } from "../../../src/config/file/key-variables.ts";
import { loadProjectConfig } from "../../../src/config/file/load-project-config.ts";
import { overlayEnv, toConfigEnv } from "../../../src/config/file/to-settings.ts";
import { openUserConfig, overlayUserConfig } from "../../../src/config/file/user-config.ts";
import { readUserConfig } from "../../../src/config/file/read-config.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "profclaw-config-"));

function write(path: string, text: string, mode = 0o600): string {
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test("a file that others may read holds no key: refused with the chmod to type", () => {
  const path = join(folder(), "config.yaml");
  write(path, "pool: { mode: pro }", 0o644);
  expect(readUserConfig(path).values.pool?.mode).toBe("pro");
  write(path, "providers: { groq: { api_key: gsk-planted } }", 0o644);
  expect(() => readUserConfig(path)).toThrow(/others may read it \(mode 0644\)/);
  expect(() => readUserConfig(path)).toThrow(expect.objectContaining({ hint: `chmod 600 ${path}` }));
  chmodSync(path, 0o600);
  expect(readUserConfig(path).values.providers?.["groq"]?.api_key).toBe("gsk-planted");
});

test("what is no plain file is refused and holds nobody up", () => {
  const pipe = join(folder(), "config.yaml");
  execFileSync("mkfifo", [pipe]);
  expect(() => readUserConfig(pipe)).toThrow(/it is no file/);
  expect(() => readUserConfig(folder())).toThrow(/it is no file/);
  expect(() => readUserConfig(write(join(folder(), "c"), "#".repeat(1_100_000)))).toThrow(/larger than 1 MB/);
});

test("a broken file leaves what it said before in force, until it is right again", () => {
  const path = join(folder(), "config.yaml");
  const config = openUserConfig(path);
  expect([config.current().values, config.refresh()]).toEqual([{}, false]);
  write(path, "pool: { max_concurrent: 3 }");
  expect(config.refresh()).toBe(true);
  write(path, "pool: { max_concurrent: none }");
  expect(config.refresh()).toBe(false);
  expect(config.current().values.pool?.max_concurrent).toBe(3);
  expect(config.fault()).toMatch(/stays in force.*config\.yaml:1:25: pool\.max_concurrent is "none"/);
  write(path, "pool: { max_concurrent: 4444 }");
  utimesSync(path, 1, 1);
  expect([config.refresh(), config.fault()]).toEqual([true, null]);
  expect(config.current().values.pool?.max_concurrent).toBe(4444);
});

test("the environment stands above the file; its mode sets aside the file's exact size too", () => {
  const path = write(
    join(folder(), "config.yaml"),
    "pool: { mode: pico, max_concurrent: 7, timeout: 1m }\nproviders: { groq: { requests_per_minute: 30 } }",
  );
  const file = toConfigEnv(readUserConfig(path).values);
  expect(file).toEqual({
    PROFCLAW_MODE: "pico",
    POOL_MAX_CONCURRENT: "7",
    POOL_TIMEOUT_MS: "60000",
    PROFCLAW_GROQ_RPM: "30",
  });
  expect(overlayEnv(file, { POOL_MAX_CONCURRENT: "9", POOL_TIMEOUT_MS: "" })).toMatchObject({
    POOL_MAX_CONCURRENT: "9",
    POOL_TIMEOUT_MS: "60000",
  });
  const byMode = overlayUserConfig({ PROFCLAW_MODE: "pro" }, path);
  expect([byMode["PROFCLAW_MODE"], byMode["POOL_MAX_CONCURRENT"]]).toEqual(["pro", undefined]);
});

test("a shell learns which variables the file names as keys, from its words alone", () => {
  const path = write(
    join(folder(), "config.yaml"),
    "providers:\n  a: { base_url: x, api_key_env: ONE }\n  b:\n    api_key_env: 'TWO'\n  # api_key_env: THREE\n",
  );
  expect(findKeyVariables(path)).toEqual(["ONE", "TWO"]);
  expect(findKeyVariables(join(folder(), "none"))).toEqual([]);
});

const project = `policy: { mode: ask, allow: ["Bash(curl:*)"], deny: ["Bash(rm:*)"] }
roles: { reviewer: { tools: [grep] } }
`;

test("a project's file is found at or above a folder, and another content has another digest", () => {
  const home = folder();
  const inner = join(home, "repo", "src", "deep");
  mkdirSync(inner, { recursive: true });
  mkdirSync(join(home, "repo", ".git"));
  write(join(home, "repo", ".git", "HEAD"), "ref: refs/heads/main");
  const path = write(join(home, "repo", "profclaw.yaml"), project);
  const found = loadProjectConfig(inner, home);
  expect(found).toMatchObject({
    path,
    values: {
      policy: { mode: "ask", allow: ["Bash(curl:*)"], deny: ["Bash(rm:*)"] },
      roles: { reviewer: { tools: ["grep"] } },
    },
  });
  write(path, `${project}# changed`);
  expect(loadProjectConfig(inner, home)?.digest).not.toBe(found?.digest);
});

test.each([
  [
    "webhooks: []",
    "profclaw.yaml:1:1: webhooks may stand in your own settings file only",
    "what your sessions do",
  ],
  ["providers: {}", "providers may stand in your own settings file only", "your keys go"],
  ["policy: {}\nbudgets: {}", "profclaw.yaml:2:1: budgets may stand", "what may be spent"],
  ["role: {}", 'there is no key "role". Did you mean roles', ""],
  ["roles: { a: { effort: huge } }", "profclaw.yaml:1:23: roles.a.effort", "must be one of low"],
])("what is none of a project's is refused with the reason: %j", (text, ...told) => {
  const home = folder();
  write(join(home, "profclaw.yaml"), text);
  for (const words of told) expect(() => loadProjectConfig(home, home)).toThrow(words);
});

test("a project is not searched above its repository or the home folder, and a link is not followed", () => {
  const home = folder();
  const repo = join(home, "work", "repo");
  mkdirSync(join(repo, ".git"), { recursive: true });
  write(join(repo, ".git", "HEAD"), "ref: refs/heads/main");
  write(join(home, "work", "profclaw.yaml"), "policy: { mode: ask }");
  expect(loadProjectConfig(repo, home)).toBeUndefined();
  expect(loadProjectConfig(join(home, "work"), home)?.values.policy?.mode).toBe("ask");
  symlinkSync("/etc/passwd", join(repo, "profclaw.yaml"));
  expect(() => loadProjectConfig(repo, home)).toThrow(/it is a symbolic link/);
});
