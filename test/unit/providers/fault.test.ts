import { APICallError, InvalidPromptError, JSONParseError, LoadAPIKeyError } from "@ai-sdk/provider";
import { describe, expect, test } from "vitest";
import { createFixedClock } from "../../../src/core/clock.ts";
import { classifyFault, type ProviderFault } from "../../../src/providers/fault.ts";

function toCallError(
  statusCode: number | undefined,
  more: Partial<ConstructorParameters<typeof APICallError>[0]> = {},
): APICallError {
  return new APICallError({
    message: "refused",
    url: "http://127.0.0.1/v1",
    requestBodyValues: {},
    ...(statusCode === undefined ? {} : { statusCode }),
    ...more,
  });
}

function classifyAt(error: unknown, nowMs = 0): ProviderFault {
  return classifyFault(error, { clock: createFixedClock(nowMs) });
}

describe("a status", () => {
  test.each([
    [400, "bad-request", "never"],
    [401, "auth", "never"],
    [402, "quota", "never"],
    [403, "auth", "never"],
    [404, "not-found", "never"],
    [408, "server-error", "later"],
    [413, "context-length", "never"],
    [422, "bad-request", "never"],
    [307, "bad-request", "never"],
    [429, "rate-limited", "later"],
    [500, "server-error", "later"],
    [502, "server-error", "later"],
    [503, "overloaded", "later"],
    [529, "overloaded", "later"],
  ])("%i is %s, to be tried %s", (status, code, retry) => {
    expect(classifyAt(toCallError(status))).toMatchObject({ code, status, retry });
  });

  test("429 with a spent quota does not come back by itself, unless the provider says when", () => {
    const spent = { data: { error: { code: "insufficient_quota", message: "You exceeded your quota" } } };
    expect(classifyAt(toCallError(429, spent))).toMatchObject({ code: "quota", retry: "never" });
    const timed = { ...spent, responseHeaders: { "retry-after": "3600" } };
    expect(classifyAt(toCallError(429, timed))).toMatchObject({ retry: "later", retryAfterMs: 3_600_000 });
  });

  test.each([
    "prompt is too long: 210000 tokens > 200000 maximum",
    "This model's maximum context length is 128000 tokens.",
    "Please reduce the length of the messages or completion.",
  ])("400 with the words of an overlong prompt is told apart: %s", (message) => {
    expect(classifyAt(toCallError(400, { message }))).toMatchObject({
      code: "context-length",
      retry: "never",
    });
  });

  test("400 for an empty account is a quota", () => {
    const message = "Your credit balance is too low to access the Anthropic API.";
    expect(classifyAt(toCallError(400, { message }))).toMatchObject({ code: "quota", retry: "never" });
  });
});

describe("without a status", () => {
  test.each([
    ["ECONNREFUSED", "network"],
    ["ECONNRESET", "network"],
    ["UND_ERR_SOCKET", "network"],
  ])("a socket's %s is %s", (code, expected) => {
    const cause = Object.assign(new Error(`connect ${code}`), { code });
    expect(classifyAt(new TypeError("fetch failed", { cause }))).toMatchObject({
      code: expected,
      retry: "later",
    });
    expect(classifyAt(toCallError(undefined, { cause, isRetryable: true }))).toMatchObject({
      code: "network",
    });
  });

  test("a body that was cut is the network's fault", () => {
    expect(classifyAt(new TypeError("terminated"))).toMatchObject({ code: "network", retry: "later" });
  });

  test("an answer that is not JSON is malformed", () => {
    const error = new JSONParseError({ text: "<html>", cause: new Error("unexpected <") });
    expect(classifyAt(error)).toMatchObject({ code: "malformed", retry: "later" });
  });

  test("an abort is an abort", () => {
    expect(classifyAt(new DOMException("stopped", "AbortError"))).toMatchObject({
      code: "aborted",
      retry: "never",
    });
  });

  test("what the SDK refuses to send is ours to mend", () => {
    expect(classifyAt(new InvalidPromptError({ prompt: {}, message: "no" }))).toMatchObject({
      code: "bad-request",
    });
    expect(classifyAt(new LoadAPIKeyError({ message: "no key" }))).toMatchObject({
      code: "auth",
      retry: "never",
    });
  });

  test.each([
    [{ type: "overloaded_error", message: "Overloaded" }, "overloaded", "later"],
    [{ type: "rate_limit_error", message: "slow down" }, "rate-limited", "later"],
    [{ code: "context_length_exceeded", message: "too long" }, "context-length", "never"],
    [{ type: "authentication_error", message: "no" }, "auth", "never"],
    [{ message: "something went wrong" }, "server-error", "later"],
    ["upstream broke", "server-error", "later"],
    [null, "server-error", "later"],
  ])("an error inside a stream is judged by its words: %j", (error, code, retry) => {
    expect(classifyAt(error)).toMatchObject({ code, retry });
  });

  test("a bug is never tried again", () => {
    expect(classifyAt(new RangeError("out of range"))).toMatchObject({ code: "internal", retry: "never" });
  });
});

describe("when to come back", () => {
  const now = Date.parse("2026-09-01T12:00:00Z");

  test.each<[Record<string, string>, number | null]>([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
    [{ "retry-after": "Tue, 01 Sep 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Tue, 01 Sep 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "-5" }, null],
    [
      {
        "anthropic-ratelimit-tokens-reset": "2026-09-01T12:01:00Z",
        "anthropic-ratelimit-tokens-remaining": "0",
      },
      60_000,
    ],
    [
      {
        "anthropic-ratelimit-tokens-reset": "2026-09-01T12:01:00Z",
        "anthropic-ratelimit-tokens-remaining": "9",
      },
      null,
    ],
    [{ "x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0" }, 360_000],
    [{ "x-ratelimit-reset-tokens": "7.66s", "x-ratelimit-remaining-tokens": "0" }, 7_660],
    [{ "x-ratelimit-reset-tokens": "2m59.56s" }, 179_560],
    [{ "retry-after": "99999999999" }, 604_800_000],
    [{}, null],
  ])("%j is %s ms", (responseHeaders, expected) => {
    expect(classifyAt(toCallError(429, { responseHeaders }), now).retryAfterMs).toBe(expected);
  });

  test("what is never tried again has no time", () => {
    expect(classifyAt(toCallError(401, { responseHeaders: { "retry-after": "7" } })).retryAfterMs).toBeNull();
  });
});

test("the detail is one line, short, and says the status", () => {
  const fault = classifyAt(toCallError(500, { message: `broken\n\n${"x".repeat(2_000)}` }));
  expect(fault.detail).toMatch(/^broken x+ \(HTTP 500\)$/);
  expect(fault.detail.length).toBeLessThan(520);
});
