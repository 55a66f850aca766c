import { describe, expect, test } from "vitest";
import { readJsonLines } from "../../../src/runners/external/read-json-lines.ts";
import { readPlainText } from "../../../src/runners/external/read-plain-text.ts";
import type { OutputReader } from "../../../src/runners/external/driver.ts";

const clean = { exitCode: 0, signal: null, notStarted: null, stopped: null, cutBytes: 0, endedAt: 0 };

function judge(
  reader: OutputReader,
  lines: readonly string[],
  { exitCode = 0, errors = "" } = {},
): ReturnType<OutputReader["end"]>["outcome"] {
  for (const text of lines) reader.line({ text, droppedCharacters: 0 });
  return reader.end({ ...clean, exitCode }, errors).outcome;
}

describe("text", () => {
  test("is the answer, if the program left with 0 and said something", () => {
    expect(judge(readPlainText(), ["a", "b", ""])).toEqual({ kind: "completed", text: "a\nb" });
  });

  test("of a program that left with another code is kept, and the run has failed", () => {
    expect(judge(readPlainText(), ["half"], { exitCode: 2, errors: "no key\n" })).toEqual({
      kind: "failed",
      reason: "agent-error",
      fault: { code: "agent-failed", detail: "It ended with exit code 2: no key" },
      text: "half",
    });
  });

  test("of one line that is too long is that line's beginning, and what is left out is said", () => {
    const { text } = judge(readPlainText(), [`begin ${"😀".repeat(6_000_000)}`, "behind it"]);
    expect(text.length).toBeLessThan(8_400_000);
    expect(text).toMatch(/^begin 😀+\n\[\d+ characters more were printed\]$/u);
    const said = text.replace(/\n\[.*$/, "").length + Number(/\[(\d+)/.exec(text)?.[1]);
    expect(said).toBe("begin ".length + 12_000_000 + "\nbehind it\n".length);
  });

  test("is shown live also beyond what an answer may have", () => {
    const reader = readPlainText();
    reader.line({ text: "x".repeat(9_000_000), droppedCharacters: 0 });
    const news = reader.line({ text: "still there", droppedCharacters: 0 });
    expect(news).toEqual([{ kind: "live", event: { type: "text-delta", text: "still there\n" } }]);
  });

  test("that is not there is no answer", () => {
    expect(judge(readPlainText(), [])).toMatchObject({ kind: "failed", fault: { code: "agent-no-answer" } });
  });
});

describe("a program that could not be started", () => {
  test.each([
    ["spawn my-agent ENOENT", "on PATH"],
    ["spawn /opt/my-agent EACCES", "chmod +x"],
    ["spawn ETXTBSY", "retry"],
    ["spawn E2BIG", "stdin"],
    ["The argument 'args[0]' must be a string without null bytes. Received 'a\\x00'", "retry"],
  ])("has failed with what the system said, and what to do: %s", (notStarted, remedy) => {
    const { outcome } = readPlainText().end({ ...clean, exitCode: null, notStarted }, "");
    expect(outcome).toMatchObject({ kind: "failed", fault: { code: "agent-not-started" } });
    expect(JSON.stringify(outcome)).toContain(JSON.stringify(notStarted).slice(1, -1));
    expect(JSON.stringify(outcome)).toContain(remedy);
  });
});

describe("JSON lines", () => {
  test("give the last result, or else all that was said", () => {
    const said = ['{"text":"a"}', "noise", '{"text":"b"}'];
    expect(judge(readJsonLines(), said)).toEqual({ kind: "completed", text: "ab" });
    expect(judge(readJsonLines(), [...said, '{"result":"r"}'])).toEqual({ kind: "completed", text: "r" });
  });

  test("with an error in them have failed, also with exit code 0 and a result after it", () => {
    const lines = ['{"error":{"message":"401 unauthorized"}}', '{"result":"fine"}'];
    expect(judge(readJsonLines(), lines)).toMatchObject({
      kind: "failed",
      fault: { code: "agent-failed", detail: "It said that it failed: 401 unauthorized" },
    });
  });

  test("of which none is JSON are no answer", () => {
    expect(judge(readJsonLines(), ["garbage", "[1]", "{half"])).toMatchObject({
      fault: { code: "agent-no-answer" },
    });
  });

  test("of which no end comes take no more memory than an answer may have, and what is left out is said", () => {
    const said = Array.from({ length: 40 }, () => JSON.stringify({ text: "x".repeat(1_000_000) }));
    const outcome = judge(readJsonLines(), said);
    expect(outcome.text.length).toBeLessThan(9_000_000);
    expect(outcome.text).toMatch(/x\n\[31611392 characters more were printed\]$/);
  });

  test("of which one is too long to be read are no answer, whatever the others say: it may have been an error", () => {
    const reader = readJsonLines();
    reader.line({ text: '{"text":"a"}', droppedCharacters: 0 });
    reader.line({ text: '{"result":"b', droppedCharacters: 20_000_000 });
    expect(reader.end(clean, "").outcome).toMatchObject({
      kind: "failed",
      text: "a",
      fault: { code: "agent-no-answer", detail: expect.stringMatching(/20000012 characters.*several lines/) },
    });
  });

  test("tell usage and cost, and nonsense in them is no number", () => {
    const reader = readJsonLines();
    reader.line({
      text: '{"result":"r","cost_usd":0.25,"usage":{"input_tokens":7,"output_tokens":-3}}',
      droppedCharacters: 0,
    });
    const [turn] = reader.end(clean, "").news;
    expect(turn).toMatchObject({ costUsd: 0.25, usage: { inputTokens: 7, outputTokens: 0 } });
  });
});
