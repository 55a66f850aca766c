import { expect, test } from "vitest";
import { checkSettings } from "../../../src/config/check-settings.ts";
import { parseLogSettings } from "../../../src/config/log-settings.ts";

test("without a word of the environment, info and the format that is usual there", () => {
  expect(parseLogSettings({ PROFCLAW_LOG_LEVEL: "" })).toEqual({ format: null, level: "info" });
});

test("both settings are words, in any case", () => {
  const env = { PROFCLAW_LOG_FORMAT: "TEXT", PROFCLAW_LOG_LEVEL: "Debug" };
  expect(parseLogSettings(env)).toEqual({ format: "text", level: "debug" });
});

test.each([
  ["PROFCLAW_LOG_FORMAT", "yaml", "json or text"],
  ["PROFCLAW_LOG_LEVEL", "loud", "debug or info or warn or error"],
])("%s=%s is refused with the words there are, before a daemon starts", (name, value, words) => {
  const check = (): void => checkSettings({ [name]: value });
  expect(check).toThrow(`${name} is "${value}"; it must be ${words}.`);
});
