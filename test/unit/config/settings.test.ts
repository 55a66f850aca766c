import { expect, test } from "vitest";
import { parseDaemonSettings } from "../../../src/config/daemon-settings.ts";
import { resolvePaths } from "../../../src/config/paths.ts";
import { defaultPool, parsePoolSettings } from "../../../src/config/pool-settings.ts";
import { parseCredentials, pickShellEnv } from "../../../src/config/shell.ts";

test("the default is mini, ten at once, five minutes each", () => {
  expect(parsePoolSettings({})).toEqual({ mode: "mini", maxConcurrent: 10, timeoutMs: 300_000 });
});

test.each([
  ["pico", 2],
  ["mini", 10],
  ["pro", 50],
])("mode %s runs %i at once", (mode, size) => {
  expect(parsePoolSettings({ PROFCLAW_MODE: mode }).maxConcurrent).toBe(size);
});

test("POOL_MAX_CONCURRENT wins over the mode, and what a shell does not say stays", () => {
  const both = parsePoolSettings({ PROFCLAW_MODE: "pico", POOL_MAX_CONCURRENT: "25" });
  expect(both).toEqual({ mode: "pico", maxConcurrent: 25, timeoutMs: 300_000 });
  expect(parsePoolSettings({}, both)).toEqual(both);
  expect(parsePoolSettings({ PROFCLAW_MODE: "pro" }, both).maxConcurrent).toBe(50);
  expect(parsePoolSettings({ POOL_TIMEOUT_MS: "1000" }, both).timeoutMs).toBe(1_000);
});

test.each(["0", "-1", "abc", "1.5", "10001", " 5", "1e3"])("POOL_MAX_CONCURRENT=%s is refused", (value) => {
  expect(() => parsePoolSettings({ POOL_MAX_CONCURRENT: value })).toThrow(/whole number, 1 to 10000/);
});

test("a mode or a timeout that is none is refused with what would do", () => {
  expect(() => parsePoolSettings({ PROFCLAW_MODE: "max" })).toThrow(/pico, mini or pro/);
  expect(() => parsePoolSettings({ POOL_TIMEOUT_MS: "5m" })).toThrow(/POOL_TIMEOUT_MS is "5m"/);
  expect(parsePoolSettings({ PROFCLAW_MODE: "", POOL_MAX_CONCURRENT: "" })).toEqual(defaultPool);
});

test("a shell shares its pool, its PATH and the keys of providers, and no other secret", () => {
  const env = {
    PATH: "/bin",
    POOL_MAX_CONCURRENT: "5",
    PROFCLAW_BUDGET_DAY_USD: "5",
    PROFCLAW_MY_LLM_RPM: "60",
    PROFCLAW_HOME: "/not/shared",
    ANTHROPIC_API_KEY: "a",
    MY_LLM_BASE_URL: "http://localhost:1",
    MY_LLM_API_KEY: "m",
    STRIPE_API_KEY: "not yours",
    AWS_SECRET_ACCESS_KEY: "not yours",
    HOME: "/home/x",
  };
  expect(Object.keys(pickShellEnv(env)).toSorted()).toEqual([
    "ANTHROPIC_API_KEY",
    "MY_LLM_API_KEY",
    "MY_LLM_BASE_URL",
    "PATH",
    "POOL_MAX_CONCURRENT",
    "PROFCLAW_BUDGET_DAY_USD",
    "PROFCLAW_MY_LLM_RPM",
  ]);
  expect(Object.fromEntries(parseCredentials(env))).toEqual({
    anthropic: { apiKey: "a" },
    "my-llm": { apiKey: "m", baseUrl: "http://localhost:1" },
  });
});

test("the state folder is PROFCLAW_HOME, else below the home; a long one has its socket elsewhere", () => {
  expect(resolvePaths({ HOME: "/home/x" }).database).toBe("/home/x/.profclaw/profclaw.db");
  expect(resolvePaths({ HOME: "/home/x", PROFCLAW_HOME: "/state" }).socket).toBe("/state/daemon.sock");
  const long = resolvePaths({ PROFCLAW_HOME: `/${"deep/".repeat(40)}state` });
  expect(Buffer.byteLength(long.socket)).toBeLessThan(104);
});

test("patience, idle time and memory have defaults, and words are refused", () => {
  expect(parseDaemonSettings({})).toEqual({
    faultPatienceMs: 60_000,
    idleExitMs: 900_000,
    memoryLimitBytes: null,
    agentStarts: null,
    approvalMs: 600_000,
    contextTokens: null,
  });
  expect(parseDaemonSettings({ PROFCLAW_MEMORY_MB: "2" }).memoryLimitBytes).toBe(2_097_152);
  expect(() => parseDaemonSettings({ PROFCLAW_MEMORY_MB: "-1" })).toThrow(/1 to 1048576/);
  expect(parseDaemonSettings({ PROFCLAW_IDLE_EXIT_MS: "50" }).idleExitMs).toBe(50);
  expect(() => parseDaemonSettings({ PROFCLAW_RETRY_DEADLINE_MS: "soon" })).toThrow(/whole number/);
});

test.each([
  ["127.0.0.1", "http://127.0.0.1:11434"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["gpu-box:8080", "http://gpu-box:8080"],
  [":1234", "http://127.0.0.1:1234"],
  ["http://gpu-box", "http://gpu-box"],
  ["https://gpu-box/below/", "https://gpu-box/below"],
  ["::1", "http://[::1]:11434"],
  ["[::]:8080", "http://[::1]:8080"],
  ['"gpu-box"', "http://gpu-box:11434"],
])("OLLAMA_HOST=%s is %s", (host, baseUrl) => {
  expect(parseCredentials({ OLLAMA_HOST: host }).get("ollama")).toEqual({ baseUrl });
  expect(pickShellEnv({ OLLAMA_HOST: host })).toEqual({ OLLAMA_HOST: host });
});

test("OLLAMA_BASE_URL wins over OLLAMA_HOST, and one that is no address counts for nothing", () => {
  const both = parseCredentials({ OLLAMA_HOST: "a", OLLAMA_BASE_URL: "http://b/v1" });
  expect(both.get("ollama")).toEqual({ baseUrl: "http://b/v1" });
  expect(parseCredentials({ OLLAMA_HOST: "a b c" }).has("ollama")).toBe(false);
});
