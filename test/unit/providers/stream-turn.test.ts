import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { APICallError } from "@ai-sdk/provider";
import { describe, expect, test } from "vitest";
import { streamTurn, type TurnOutcome, type TurnRequest } from "../../../src/providers/stream-turn.ts";

type Part = LanguageModelV4StreamPart;

// Streams that no SDK should give, but one day one will.
function toModel(stream: () => ReadableStream<Part>): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "odd",
    modelId: "odd-1",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("never called")),
    doStream: () => Promise.resolve({ stream: stream() }),
  };
}

function toFinish(unified: "stop" | "tool-calls" | "interrupted" | "error", total = 10): Part {
  return {
    type: "finish",
    finishReason: { unified, raw: undefined },
    usage: {
      inputTokens: { total, noCache: total, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 5, text: 5, reasoning: 0 },
    },
  };
}

async function read(parts: Part[], more: Partial<TurnRequest> = {}): Promise<TurnOutcome> {
  const stream = (): ReadableStream<Part> =>
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(part);
        if (more.idleTimeoutMs === undefined) controller.close();
      },
    });
  return await streamTurn({
    model: toModel(stream),
    options: { prompt: [] },
    signal: new AbortController().signal,
    ...more,
  });
}

function toCall(toolCallId: string, input = "{}"): Part {
  return { type: "tool-call", toolCallId, toolName: "t", input };
}

async function fail(error: Error): Promise<TurnOutcome> {
  const doStream: LanguageModelV4["doStream"] = async () => {
    throw error;
  };
  return await read([], { model: { ...toModel(() => new ReadableStream()), doStream } });
}

const toNetworkError = (code: string): APICallError =>
  new APICallError({
    message: "Cannot connect to API",
    url: "http://x",
    requestBodyValues: {},
    isRetryable: true,
    cause: Object.assign(new Error(code), { code }),
  });

const toBroken = (): ReadableStream<Part> =>
  new ReadableStream({ start: (controller) => controller.error(new Error("sent topsecret to nowhere")) });

describe("an odd stream", () => {
  test("with deltas that nobody announced is read all the same", async () => {
    const outcome = await read([{ type: "text-delta", id: "1", delta: "hi" }, toFinish("stop")]);
    expect(outcome).toMatchObject({ kind: "answer", content: [{ type: "text", text: "hi" }] });
  });

  test("with nothing but blanks has no content, which is what a history can hold", async () => {
    const outcome = await read([{ type: "text-delta", id: "1", delta: "\n\n" }, toFinish("stop")]);
    expect(outcome).toMatchObject({ kind: "answer", finish: "stop", content: [] });
  });

  test("whose blocks are interleaved keeps them in the order in which they began", async () => {
    const outcome = await read([
      { type: "reasoning-start", id: "r", providerMetadata: { p: { a: 1, b: null } } },
      { type: "text-start", id: "t" },
      { type: "reasoning-delta", id: "r", delta: "think" },
      { type: "text-delta", id: "t", delta: "say" },
      { type: "text-end", id: "t" },
      { type: "reasoning-end", id: "r", providerMetadata: { p: { b: "sig" } } },
      toFinish("stop"),
    ]);
    expect(outcome).toMatchObject({
      content: [
        { type: "reasoning", text: "think", providerOptions: { p: { a: 1, b: "sig" } } },
        { type: "text", text: "say" },
      ],
    });
  });

  test("that says stop and calls tools is one that calls tools, and the other way round", async () => {
    expect(await read([toCall("a"), toFinish("stop")])).toMatchObject({ finish: "tool-calls" });
    expect(await read([toFinish("tool-calls")])).toMatchObject({ finish: "stop" });
  });

  test("with the same id twice gives two ids", async () => {
    expect(await read([toCall("a"), toCall("a"), toCall(""), toFinish("stop")])).toMatchObject({
      content: [{ toolCallId: "a" }, { toolCallId: "a_2" }, { toolCallId: "call_2" }],
    });
  });

  test.each(["[1]", '"text"', "null", "7", "{broken", "undefined"])(
    "with the tool input %s keeps it aside and puts an object in its place",
    async (input) => {
      expect(await read([toCall("a", input), toFinish("stop")])).toMatchObject({
        content: [{ input: {}, providerOptions: { profclaw: { malformedInput: input } } }],
      });
    },
  );

  test("with empty tool input has an empty object, and that is fine", async () => {
    const outcome = await read([toCall("a", ""), toFinish("stop")]);
    expect(outcome).toMatchObject({ content: [{ type: "tool-call", input: {} }] });
    expect(JSON.stringify(outcome)).not.toContain("malformed");
  });

  test("with tools that the provider ran itself gives us none to run", async () => {
    const own: Part = {
      type: "tool-call",
      toolCallId: "a",
      toolName: "web",
      input: "{}",
      providerExecuted: true,
    };
    expect(await read([own, toFinish("stop")])).toMatchObject({ content: [], finish: "stop" });
  });

  test("that does not close after its finish is an answer after a moment", async () => {
    const outcome = await read([{ type: "text-delta", id: "1", delta: "hi" }, toFinish("stop")], {
      idleTimeoutMs: 10_000,
    });
    expect(outcome).toMatchObject({ kind: "answer", content: [{ text: "hi" }] });
  });

  test("with an error after its finish is an answer", async () => {
    expect(await read([toFinish("stop"), { type: "error", error: "late" }])).toMatchObject({
      kind: "answer",
    });
  });

  test.each<[string, Part[], string]>([
    ["no finish", [{ type: "text-delta", id: "1", delta: "hi" }], "cut-off"],
    ["nothing at all", [], "cut-off"],
    ["an interrupted finish", [toFinish("interrupted")], "cut-off"],
    ["an error for a finish", [toFinish("error")], "cut-off"],
    [
      "an error",
      [{ type: "error", error: { message: "Overloaded", type: "overloaded_error" } }],
      "overloaded",
    ],
  ])("with %s is a failure that may have been billed", async (_, parts, code) => {
    const outcome = await read(parts);
    expect(outcome).toMatchObject({ kind: "failure", fault: { code, retry: "later" }, possiblyBilled: true });
  });

  test("that silently stops after its head is given up", async () => {
    const head: Part[] = [{ type: "stream-start", warnings: [] }];
    const outcome = await read(head, { idleTimeoutMs: 10_000, firstByteTimeoutMs: 40 });
    expect(outcome).toMatchObject({ kind: "failure", fault: { code: "timeout" } });
    expect(outcome.kind === "failure" && outcome.fault.detail).toContain("40 ms before its answer began");
  });

  test("that breaks is a failure, and its key is not told", async () => {
    const model = { ...toModel(toBroken), redact: (text: string) => text.replace("topsecret", "***") };
    const outcome = await read([], { model });
    expect(outcome).toMatchObject({ kind: "failure", fault: { detail: "sent *** to nowhere" } });
  });
});

describe("what may have been billed", () => {
  test("a connection that never stood carried nothing", async () => {
    expect(await fail(toNetworkError("ECONNREFUSED"))).toMatchObject({ possiblyBilled: false });
    expect(await fail(toNetworkError("ENOTFOUND"))).toMatchObject({ possiblyBilled: false });
  });

  test("a connection that broke may have", async () => {
    expect(await fail(toNetworkError("ECONNRESET"))).toMatchObject({
      fault: { code: "network", retry: "later" },
      possiblyBilled: true,
    });
  });

  test("a call that was stopped before it began was not sent", async () => {
    const model = {
      ...toModel(() => new ReadableStream()),
      doStream: () => Promise.reject(new Error("was sent")),
    };
    const outcome = await read([], { model, signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ fault: { code: "aborted" }, possiblyBilled: false });
  });
});

test("ids in the history are not given again", async () => {
  const options: TurnRequest["options"] = {
    prompt: [
      { role: "user", content: [{ type: "text", text: "x" }] },
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "call_0", toolName: "t", input: {} }] },
    ],
  };
  expect(await read([toCall("call_0"), toFinish("stop")], { options })).toMatchObject({
    content: [{ toolCallId: "call_0_2" }],
  });
});
