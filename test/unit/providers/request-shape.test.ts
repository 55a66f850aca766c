import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBaseUrl } from "../../../src/providers/base-url.ts";
import { withCacheMarks } from "../../../src/providers/cache-marks.ts";
import { toCallOptions } from "../../../src/providers/call-options.ts";
import { fitThinking } from "../../../src/providers/thinking-budget.ts";
import { toFreshId, toLegalToolName } from "../../../src/providers/tool-input.ts";

const isMarked = (message: LanguageModelV4Prompt[number]): boolean =>
  message.providerOptions?.["anthropic"]?.["cacheControl"] !== undefined;

const toBody = (budget: number): string =>
  JSON.stringify({
    max_tokens: 46_592,
    thinking: { type: "enabled", budget_tokens: budget },
    messages: [],
  });

describe("a base URL works with and without /v1", () => {
  test.each([
    ["anthropic", "https://api.anthropic.com", "https://api.anthropic.com/v1"],
    ["anthropic", "http://127.0.0.1:80/v1/", "http://127.0.0.1/v1"],
    ["anthropic", "https://gate.test/v1/acct/anthropic", "https://gate.test/v1/acct/anthropic/v1"],
    ["openai", "http://127.0.0.1:9", "http://127.0.0.1:9/v1"],
    ["openai", "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1"],
    ["openai", "https://gate.test/v1/acct/openai", "https://gate.test/v1/acct/openai"],
    ["groq", "https://api.groq.com", "https://api.groq.com/openai/v1"],
    ["groq", "https://api.groq.com/openai/", "https://api.groq.com/openai/v1"],
    ["openai-compatible", "https://glm.test/api/paas/v4", "https://glm.test/api/paas/v4"],
    ["openai-compatible", "https://g.test/v1beta/openai", "https://g.test/v1beta/openai"],
  ] as const)("%s: %s → %s", (kind, url, expected) => {
    expect(toBaseUrl(url, { provider: "x", kind })).toBe(expected);
  });

  test.each(["localhost:11434", "ftp://host", "", "not a url"])(
    "%j is no URL, and the variable is named",
    (url) => {
      expect(() => toBaseUrl(url, { provider: "home", kind: "openai" })).toThrow(/base URL of home/);
    },
  );
});

describe("cache marks", () => {
  const prompt: LanguageModelV4Prompt = [
    { role: "system", content: "s" },
    { role: "user", content: [{ type: "text", text: "one" }] },
    { role: "assistant", content: [{ type: "text", text: "two" }] },
    { role: "tool", content: [] },
    { role: "user", content: [{ type: "text", text: "mail" }] },
    { role: "assistant", content: [{ type: "text", text: "three" }] },
    { role: "user", content: [{ type: "text", text: "four" }] },
  ];

  test("stand after the system text and the last two inputs, and nowhere else", () => {
    const marked = withCacheMarks(prompt, "anthropic");
    expect(marked.map((message) => isMarked(message))).toEqual([
      true,
      false,
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(prompt.some((message) => isMarked(message))).toBe(false);
  });

  test("are Anthropic's alone", () => {
    expect(withCacheMarks(prompt, "openai")).toBe(prompt);
  });

  test("keep what options a message has", () => {
    const [first] = withCacheMarks(
      [{ role: "system", content: "s", providerOptions: { anthropic: { a: 1 }, other: { b: 2 } } }],
      "anthropic",
    );
    expect(first?.providerOptions).toEqual({
      anthropic: { a: 1, cacheControl: { type: "ephemeral" } },
      other: { b: 2 },
    });
  });

  test("are never more than three", () => {
    const role = fc.constantFrom("system", "user", "assistant", "tool");
    fc.assert(
      fc.property(fc.array(role, { maxLength: 30 }), (roles) => {
        const any = roles.map((name) => ({ role: name, content: [] })) as unknown as LanguageModelV4Prompt;
        return withCacheMarks(any, "anthropic").filter((message) => isMarked(message)).length <= 3;
      }),
    );
  });
});

test("an effort is sent only where it is set, and no empty list of tools", () => {
  const base = { provider: "openai", prompt: [], tools: [], maxOutputTokens: 10 };
  expect(toCallOptions({ ...base, effort: null })).toEqual({ prompt: [], maxOutputTokens: 10 });
  expect(toCallOptions({ ...base, effort: "xhigh" })).toMatchObject({ reasoning: "xhigh" });
});

describe("thinking fits into the tokens that are reserved", () => {
  test("at three quarters of them", () => {
    expect(JSON.parse(fitThinking(toBody(38_400), 8_192))).toEqual({
      max_tokens: 8_192,
      thinking: { type: "enabled", budget_tokens: 6_144 },
      messages: [],
    });
  });

  test("or not at all, where that is below what the API takes", () => {
    expect(JSON.parse(fitThinking(toBody(38_400), 1_000))).toEqual({ max_tokens: 1_000, messages: [] });
  });

  test("and a body without a budget is left as it is", () => {
    const plain = '{"max_tokens":8192,"thinking":{"type":"adaptive"}}';
    expect(fitThinking(plain, 10)).toBe(plain);
    const quoted = '{"max_tokens":5,"messages":["\\"budget_tokens\\""]}';
    expect(fitThinking(quoted, 10)).toBe(quoted);
  });
});

test("a fresh id is new, and the old one where it can be", () => {
  expect(toFreshId("call_1", new Set())).toBe("call_1");
  expect(toFreshId("call_1", new Set(["call_1", "call_1_2"]))).toBe("call_1_3");
  expect(toFreshId("", new Set())).toBe("call_2");
});

test("a tool's name is legal after all", () => {
  fc.assert(fc.property(fc.string(), (name) => /^[a-zA-Z0-9_-]{1,64}$/.test(toLegalToolName(name))));
});
