import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AssistantPart } from "../../src/core/content.ts";
import { toToolCalls } from "../../src/core/content.ts";
import { toCallOptions } from "../../src/providers/call-options.ts";
import { createProviderCatalog } from "../../src/providers/catalog.ts";
import type { Credential } from "../../src/providers/credentials.ts";
import {
  type TurnDelta,
  type TurnOutcome,
  type TurnRequest,
  streamTurn,
} from "../../src/providers/stream-turn.ts";
import { toMalformedInput } from "../../src/providers/tool-input.ts";
import type { Reply } from "../support/model-server/reply.ts";
import {
  type ModelServer,
  playReplies,
  startModelServer,
} from "../support/model-server/start-model-server.ts";

interface Case {
  title: string;
  provider: string;
  model: string;
  toCredential: (server: ModelServer) => Credential;
  /** The wire can say how many tokens were written to the cache. */
  hasCacheWrites: boolean;
  hasSignatures: boolean;
  path: string;
}

const apiKey = "test-key-0123456789";

const cases: Case[] = [
  {
    title: "anthropic",
    provider: "anthropic",
    model: "claude-sonnet-4-6",
    toCredential: (server) => ({ apiKey, baseUrl: server.url }),
    hasCacheWrites: true,
    hasSignatures: true,
    path: "/v1/messages",
  },
  {
    title: "openai over responses",
    provider: "openai",
    model: "gpt-6-sol",
    toCredential: (server) => ({ apiKey, baseUrl: server.url, openaiApi: "responses" }),
    hasCacheWrites: false,
    hasSignatures: true,
    path: "/v1/responses",
  },
  {
    title: "openai with a custom URL, over chat",
    provider: "openai",
    model: "gpt-6-sol",
    toCredential: (server) => ({ apiKey, baseUrl: server.url }),
    hasCacheWrites: false,
    hasSignatures: false,
    path: "/v1/chat/completions",
  },
  {
    title: "google",
    provider: "google",
    model: "gemini-3.8-flash",
    toCredential: (server) => ({ apiKey, baseUrl: server.url }),
    hasCacheWrites: false,
    hasSignatures: true,
    path: "/v1beta/models/gemini-3.8-flash:streamGenerateContent",
  },
  {
    title: "groq",
    provider: "groq",
    model: "llama-3.3-70b-versatile",
    toCredential: (server) => ({ apiKey, baseUrl: `${server.url}/openai` }),
    hasCacheWrites: false,
    hasSignatures: false,
    path: "/openai/v1/chat/completions",
  },
  {
    title: "a server of one's own",
    provider: "home",
    model: "some/local-model",
    toCredential: (server) => ({ apiKey, baseUrl: server.url }),
    hasCacheWrites: false,
    hasSignatures: false,
    path: "/v1/chat/completions",
  },
  ...[
    { provider: "mistral", model: "mistral-medium-latest" },
    { provider: "deepseek", model: "deepseek-v4-pro" },
    { provider: "openrouter", model: "z-ai/glm-5" },
    { provider: "ollama", model: "qwen3" },
    { provider: "xai", model: "grok-4.6", path: "/v1/responses" },
  ].map((known) => ({
    path: "/v1/chat/completions",
    ...known,
    title: known.provider,
    toCredential: (server: ModelServer) => ({ apiKey, baseUrl: server.url }),
    hasCacheWrites: false,
    hasSignatures: known.provider === "xai",
  })),
];

const tools: LanguageModelV4FunctionTool[] = [
  {
    type: "function",
    name: "read_file",
    description: "Reads a file.",
    inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  },
];

const firstPrompt: LanguageModelV4Prompt = [
  { role: "system", content: "You are terse." },
  { role: "user", content: [{ type: "text", text: "Read both files." }] },
];

describe.each(cases)("$title", (one) => {
  let server: ModelServer;

  beforeAll(async () => {
    server = await startModelServer({ script: () => ({ text: "unset" }) });
  });
  afterAll(async () => {
    await server.close();
  });
  beforeEach(() => {
    server.violations.length = 0;
    server.requests.length = 0;
  });

  async function ask(
    reply: Reply | [Reply, ...Reply[]],
    more: Partial<TurnRequest> = {},
  ): Promise<TurnOutcome> {
    server.setScript(playReplies(...(Array.isArray(reply) ? reply : ([reply] as [Reply]))));
    return await call(firstPrompt, more);
  }

  async function call(prompt: LanguageModelV4Prompt, more: Partial<TurnRequest> = {}): Promise<TurnOutcome> {
    const catalog = createProviderCatalog({
      credentials: { get: (name) => (name === one.provider ? one.toCredential(server) : undefined) },
      version: "0.0.0-test",
    });
    const model = await catalog.openModel({ provider: one.provider, model: one.model });
    const options = toCallOptions({
      provider: one.provider,
      prompt,
      tools,
      maxOutputTokens: 1_000,
      effort: null,
    });
    return await streamTurn({ model, options, signal: new AbortController().signal, ...more });
  }

  test("text comes piece by piece, and whole at the end, with its usage", async () => {
    const deltas: TurnDelta[] = [];
    const outcome = await ask(
      { text: "Hello, you there.", chunks: 4, usage: { inputTokens: 120, outputTokens: 7 } },
      { onDelta: (delta) => deltas.push(delta) },
    );
    expect(outcome).toMatchObject({
      kind: "answer",
      finish: "stop",
      content: [{ type: "text", text: "Hello, you there." }],
      usage: { inputTokens: 120, outputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0 },
      usageKnown: true,
      // Gemini's SDK keeps the answer's own name of the model to itself.
      ...(one.provider === "google" ? {} : { responseModel: one.model }),
    });
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.map((delta) => delta.text).join("")).toBe("Hello, you there.");
    expect(server.requests[0]).toMatchObject({
      path: one.path,
      model: one.model,
      system: "You are terse.",
      firstUserText: "Read both files.",
      toolNames: ["read_file"],
      violations: [],
    });
    expect(server.requests[0]?.headers["user-agent"]).toMatch(/^profclaw\/0\.0\.0-test/);
  });

  test("thinking and parallel tool calls survive the round trip to the next request", async () => {
    const outcome = await ask([
      {
        thinking: "Both at once.",
        ...(one.provider === "anthropic" ? { redactedThinking: "opaque-bytes" } : {}),
        text: "Reading.",
        toolCalls: [
          { name: "read_file", input: { path: "a.txt" } },
          { name: "read_file", input: { path: "b.txt" } },
        ],
      },
      { text: "Both read." },
    ]);
    const content = toAnswer(outcome).content;
    expect(toAnswer(outcome).finish).toBe("tool-calls");
    expect(toToolCalls(content).map((part) => part.input)).toEqual([{ path: "a.txt" }, { path: "b.txt" }]);
    expect(JSON.stringify(content).includes("sig-")).toBe(one.hasSignatures);
    const next = toAnswer(await call(toNextPrompt(content)));
    expect(next.content).toMatchObject([{ type: "text", text: "Both read." }]);
    expect(server.violations).toEqual([]);
    expect(server.requests[1]).toMatchObject({
      turn: 1,
      toolResults: [{ text: "content of a.txt" }, { text: "content of b.txt" }],
    });
  });

  test("tokens read from and written to the cache are told apart, within the total", async () => {
    const usage = { inputTokens: 1_000, outputTokens: 20, cacheReadTokens: 600, cacheWriteTokens: 300 };
    const outcome = toAnswer(await ask({ text: "ok", usage }));
    expect(outcome.usage).toEqual({ ...usage, cacheWriteTokens: one.hasCacheWrites ? 300 : 0 });
  });

  test("a usage that makes no sense, or none, counts as zero and is flagged", async () => {
    const negative = {
      input_tokens: -5,
      output_tokens: -1,
      prompt_tokens: -5,
      completion_tokens: -1,
      total_tokens: -6,
      promptTokenCount: -5,
      candidatesTokenCount: -1,
    };
    const absurd = {
      input_tokens: 1e300,
      output_tokens: 3,
      prompt_tokens: 1e300,
      completion_tokens: 3,
      total_tokens: 1e300,
      promptTokenCount: 1e300,
      candidatesTokenCount: 3,
    };
    for (const rawUsage of [negative, absurd]) {
      const outcome = toAnswer(await ask({ text: "ok", rawUsage }));
      expect(outcome).toMatchObject({ usage: { inputTokens: 0, outputTokens: 0 }, usageKnown: false });
    }
    // Anthropic's stream cannot do without its numbers: there the answer itself is malformed.
    const without = await ask({ text: "ok", usage: null });
    if (one.provider === "anthropic") expect(without).toMatchObject({ fault: { code: "malformed" } });
    else expect(without).toMatchObject({ kind: "answer", usageKnown: false, usage: { inputTokens: 0 } });
  });

  test("calls one after the other share a socket", async () => {
    await ask({ text: "first" });
    const before = server.connections;
    for (const text of ["second", "third", "fourth"]) await ask({ text });
    expect(server.connections - before).toBeLessThanOrEqual(1);
  });

  test("429 is one request and a fault that says when to come back", async () => {
    const outcome = await ask({ status: 429, headers: { "retry-after": "7" } });
    expect(outcome).toMatchObject({
      kind: "failure",
      fault: { code: "rate-limited", status: 429, retry: "later", retryAfterMs: 7_000 },
      possiblyBilled: false,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    [500, "server-error", "later"],
    [529, "overloaded", "later"],
    [400, "bad-request", "never"],
    [401, "auth", "never"],
    [404, "not-found", "never"],
    [413, "context-length", "never"],
  ])("%i is one request and the fault %s, to be tried %s", async (status, code, retry) => {
    const outcome = await ask({ status, error: { message: `no, your key ${apiKey} is not liked` } });
    expect(outcome).toMatchObject({ kind: "failure", fault: { code, status, retry }, possiblyBilled: false });
    expect(JSON.stringify(outcome)).not.toContain(apiKey);
    expect(server.requests).toHaveLength(1);
  });

  test("an error in the middle of the stream is a fault, with the text so far", async () => {
    const outcome = await ask({ text: "abcdefghij", chunks: 10, errorAfterChunks: 9 });
    expect(outcome).toMatchObject({
      kind: "failure",
      // These SDKs know no such error inside a stream: to them it is an answer they cannot read.
      fault: { code: ["mistral", "xai"].includes(one.provider) ? "malformed" : "overloaded", retry: "later" },
      possiblyBilled: true,
    });
    expect(toPartialText(outcome)).toMatch(/^abc/);
  });

  test("an answer that is cut, ends early or is not JSON is a fault, with the text so far", async () => {
    const text = { text: "abcdefghij", chunks: 10, chunkDelayMs: 2 };
    for (const accident of [{ cutAfterChunks: 8 }, { endAfterChunks: 8 }, { malformed: 8 }]) {
      const outcome = await ask({ ...text, ...accident });
      expect(outcome).toMatchObject({ kind: "failure", fault: { retry: "later" }, possiblyBilled: true });
      expect(toPartialText(outcome)).toMatch(/^abc/);
    }
  });

  test("silence ends the call, before the first byte and in the middle", async () => {
    const limits = { firstByteTimeoutMs: 80, idleTimeoutMs: 80 };
    const before = await ask({ hang: true }, limits);
    expect(before).toMatchObject({ fault: { code: "timeout", retry: "later" }, possiblyBilled: true });
    const middle = await ask({ text: "abcdefghij", chunks: 10, stallAfterChunks: 8 }, limits);
    expect(middle).toMatchObject({ fault: { code: "timeout" }, possiblyBilled: true });
    expect(toPartialText(middle)).toMatch(/^abc/);
    await expect.poll(() => server.inFlight).toBe(0);
  });

  test("an abort ends the call at once, and the connection with it", async () => {
    for (const reply of [{ hang: true }, { text: "a".repeat(200), chunks: 200, chunkDelayMs: 20 }]) {
      const abort = new AbortController();
      const running = ask(reply, { signal: abort.signal });
      await expect.poll(() => server.inFlight).toBe(1);
      await new Promise((resolve) => {
        setTimeout(resolve, 60);
      });
      const abortedAt = performance.now();
      abort.abort();
      expect(await running).toMatchObject({ kind: "failure", fault: { code: "aborted", retry: "never" } });
      expect(performance.now() - abortedAt).toBeLessThan(100);
      await expect.poll(() => server.inFlight).toBe(0);
    }
  });

  test("broken tool input and a repeated id leave a history that the provider takes", async () => {
    // Gemini's arguments come as an object: they cannot be broken JSON.
    const broken = one.provider === "google" ? { input: { path: "a.txt" } } : { inputJson: '{"path": "a.t' };
    const outcome = await ask([
      {
        toolCalls: [
          { name: "read_file", ...broken, id: "same" },
          { name: "read file!", input: { path: "b.txt" } },
        ],
      },
      { toolCalls: [{ name: "read_file", input: { path: "c.txt" }, id: "same" }] },
      { text: "well" },
    ]);
    const content = toAnswer(outcome).content;
    const [first, renamed] = toToolCalls(content);
    expect(first && toMalformedInput(first)).toBe("inputJson" in broken ? broken.inputJson : null);
    expect(renamed?.toolName).toBe("read_file_");
    const second = toNextPrompt(content);
    const again = toAnswer(await call(second)).content;
    expect(toToolCalls(again).map((part) => part.toolCallId)).not.toContain("same");
    await call([...second, ...toNextPrompt(again).slice(2)]);
    expect(server.violations).toEqual([]);
  });
});

test("an effort never asks for more tokens than were reserved, nor for thinking that does not fit", async () => {
  const server = await startModelServer({ script: () => ({ text: "ok" }) });
  const credentials = { get: () => ({ apiKey, baseUrl: server.url }) };
  const model = await createProviderCatalog({ credentials }).openModel({
    provider: "anthropic",
    model: "claude-haiku-4-5",
  });
  for (const maxOutputTokens of [8_192, 1_000]) {
    const request = { provider: "anthropic", prompt: firstPrompt, tools, maxOutputTokens };
    const options = toCallOptions({ ...request, effort: "max" });
    toAnswer(await streamTurn({ model, options, signal: new AbortController().signal }));
  }
  expect(server.requests.map(({ body }) => [body["max_tokens"], body["thinking"]])).toEqual([
    [8_192, { type: "enabled", budget_tokens: 6_144 }],
    [1_000, undefined],
  ]);
  await server.close();
});

function toAnswer(outcome: TurnOutcome): Extract<TurnOutcome, { kind: "answer" }> {
  if (outcome.kind === "answer") return outcome;
  throw new Error(`no answer: ${JSON.stringify(outcome)}`);
}

function toPartialText(outcome: TurnOutcome): string {
  if (outcome.kind === "answer") return "an answer, not a failure";
  return outcome.partial.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function toNextPrompt(content: AssistantPart[]): LanguageModelV4Prompt {
  return [
    ...firstPrompt,
    { role: "assistant", content },
    {
      role: "tool",
      content: toToolCalls(content).map((part) => ({
        type: "tool-result",
        toolCallId: part.toolCallId,
        toolName: part.toolName,
        output: { type: "text", value: `content of ${JSON.stringify(part.input).slice(9, -2)}` },
      })),
    },
  ];
}
