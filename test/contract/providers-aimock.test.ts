import { LLMock } from "@copilotkit/aimock";
import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toToolCalls } from "../../src/core/content.ts";
import { toCallOptions } from "../../src/providers/call-options.ts";
import { createProviderCatalog } from "../../src/providers/catalog.ts";
import { streamTurn, type TurnOutcome } from "../../src/providers/stream-turn.ts";

// A second opinion: somebody else's idea of the same wires. It drops Claude's cache tokens, so those
// are checked against our own server only.
const mock = new LLMock({ port: 0 });

beforeAll(async () => {
  mock.onMessage("hello", { content: "Hello from elsewhere." });
  mock.onMessage("read", {
    toolCalls: [
      { name: "read_file", arguments: '{"path":"a.txt"}' },
      { name: "read_file", arguments: '{"path":"b.txt"}' },
    ],
    // Gemini says STOP when it calls tools; the mock would say FUNCTION_CALL, which is none of its words.
    finishReason: "stop",
  });
  mock.onMessage("refuse", { error: { message: "slow down", type: "rate_limit_error" }, status: 429 });
  await mock.start();
});
afterAll(async () => {
  await mock.stop();
});

describe.each([
  ["anthropic", "claude-sonnet-4-6"],
  ["openai", "gpt-6-sol"],
  ["home", "some-model"],
  ["google", "gemini-3.8-flash"],
])("%s", (provider, model) => {
  async function ask(text: string): Promise<TurnOutcome> {
    const credentials = { get: () => ({ apiKey: "test-key", baseUrl: mock.url }) };
    const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text }] }];
    const opened = await createProviderCatalog({ credentials }).openModel({ provider, model });
    return await streamTurn({
      model: opened,
      options: toCallOptions({ provider, prompt, tools: [], maxOutputTokens: 100, effort: null }),
      signal: new AbortController().signal,
    });
  }

  test("text arrives whole, with a finish", async () => {
    expect(await ask("hello")).toMatchObject({
      kind: "answer",
      finish: "stop",
      content: [{ type: "text", text: "Hello from elsewhere." }],
    });
  });

  test("parallel tool calls arrive with parsed input", async () => {
    const outcome = await ask("read");
    expect(outcome).toMatchObject({ kind: "answer", finish: "tool-calls" });
    const calls = outcome.kind === "answer" ? toToolCalls(outcome.content) : [];
    expect(calls.map((call) => call.input)).toEqual([{ path: "a.txt" }, { path: "b.txt" }]);
    expect(new Set(calls.map((call) => call.toolCallId)).size).toBe(2);
  });

  test("a refusal is a fault", async () => {
    expect(await ask("refuse")).toMatchObject({
      kind: "failure",
      fault: { code: "rate-limited", status: 429, retry: "later" },
    });
  });
});
