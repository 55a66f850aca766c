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

  test("that is not there is no answer", () => {
    expect(judge(readPlainText(), [])).toMatchObject({ kind: "failed", fault: { code: "agent-no-answer" } });
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
