import { mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readUserConfig } from "../../../src/config/file/read-config.ts";
import { explainSettings } from "../../../src/config/file/setting-table.ts";
import { setConfigValue } from "../../../src/config/file/write-config.ts";

const toPath = (): string => join(mkdtempSync(join(tmpdir(), "profclaw-set-")), "config.yaml");

test("a value is set in place: comments stay, and the file is the user's alone", () => {
  const path = toPath();
  writeFileSync(path, "# mine\npool:\n  mode: mini # small\n", { mode: 0o644 });
  setConfigValue(path, "pool.max_concurrent", "20");
  setConfigValue(path, "providers.groq.api_key", "gsk-planted");
  const text = readFileSync(path, "utf8");
  expect(text).toMatch(/^# mine\npool:\n {2}mode: mini # small\n {2}max_concurrent: 20\n/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, ".."))).toEqual(["config.yaml"]);
});

test.each([
  ["pool.max_concurrent", "0", /must be a whole number/],
  ["pool.max_concurent", "3", /Did you mean max_concurrent/],
  ["pool..mode", "pro", /no name of a setting/],
  ["__proto__.x", "1", /no name of a setting/],
  ["pool", "[", /pool/],
])("what would make a wrong file writes nothing: %s %s", (key, value, told) => {
  const path = toPath();
  writeFileSync(path, "provider: groq\n");
  expect(() => setConfigValue(path, key, value)).toThrow(told);
  expect(readFileSync(path, "utf8")).toBe("provider: groq\n");
});

test("each setting says where its value comes from, and no key is shown", () => {
  const path = toPath();
  setConfigValue(path, "pool.mode", "pro");
  setConfigValue(path, "providers.groq.api_key", "gsk-planted");
  const all = explainSettings(readUserConfig(path), { POOL_TIMEOUT_MS: "9000", GROQ_API_KEY: "" });
  const find = (key: string) => all.find((setting) => setting.key === key);
  expect(find("pool.mode")).toMatchObject({ value: "pro", source: `${path}:2:9` });
  expect(find("pool.timeout")).toMatchObject({ value: "9000", source: "environment POOL_TIMEOUT_MS" });
  expect(find("budgets.day")).toMatchObject({ value: null, source: "default" });
  expect(find("providers.groq.api_key")).toMatchObject({ value: "(set)" });
  expect(JSON.stringify(all)).not.toContain("gsk-planted");
});

test("a refused value names the setting, and no place in a file that was not written", () => {
  const path = toPath();
  expect(() => setConfigValue(path, "polcy.mode", "ask")).toThrow(
    /^Nothing was written: there is no key "polcy"\. Did you mean policy\?/,
  );
  expect(() => setConfigValue(path, "policy.mode", "full")).toThrow(
    /^Nothing was written: policy\.mode is "full"; it must be one of deny/,
  );
});
