import * as fc from "fast-check";
import { expect, test } from "vitest";
import { redactSecrets } from "../../../src/providers/redact.ts";

test.each([
  ["Incorrect API key provided: sk-abc***xyz9.", "sk-abc"],
  ["invalid x-api-key: sk-ant-api03-AAAA_bbbb-CCCC", "AAAA_bbbb"],
  ["Authorization: Bearer abc.DEF-123456", "DEF-123456"],
  ["gsk_1234567890abcdef is not valid", "1234567890"],
  ["GET https://api.test/v1?key=topsecret123&x=1 failed", "topsecret123"],
  ["connect http://user:hunter22@proxy:8080 failed", "hunter22"],
  ['{"api_key":"abcdefgh123"}', "abcdefgh123"],
  ["API key AIzaSyA-1234567890 expired", "SyA-1234567890"],
])("what looks like a key is taken out of: %s", (text, secret) => {
  const shown = redactSecrets(text);
  expect(shown).not.toContain(secret);
  expect(shown).toContain("[redacted]");
});

test("ordinary words stay", () => {
  const text = "The model claude-sonnet-4-6 is overloaded; risk-free retry in 5 s (HTTP 529).";
  expect(redactSecrets(text)).toBe(text);
});

test("a known key never survives, wherever it stands", () => {
  const key = fc.stringMatching(/^[a-zA-Z0-9_.-]{8,40}$/);
  fc.assert(
    fc.property(key, fc.string(), fc.string(), (secret, before, after) => {
      return !redactSecrets(`${before}${secret}${after}`, [secret]).includes(secret);
    }),
  );
});
