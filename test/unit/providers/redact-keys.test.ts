import { expect, test } from "vitest";
import { redactKeys } from "../../../src/providers/redact.ts";

test.each([
  "sk-ant-api03-AbCdEf0123456789",
  "gsk_AbCdEf0123456789AbCd",
  "AIzaSyAbCdEf0123456789",
  "whsec_AbCdEf0123456789AbCd==",
  "ghp_AbCdEf0123456789AbCd",
])("a whole key in a text of ours is hidden: %s", (key) => {
  expect(redactKeys(`There is no provider "${key}".`)).toBe('There is no provider "[redacted]".');
});

test.each([
  'There is no provider "or-else".',
  "sk-learn-and-all-its-friends is no model",
  "Add the header: Authorization: Bearer <the token>",
  "or_a_name_that_is_long_but_no_key",
  "xai-grok-4",
])("a text that only looks a little like one stays: %s", (text) => {
  expect(redactKeys(text)).toBe(text);
});
