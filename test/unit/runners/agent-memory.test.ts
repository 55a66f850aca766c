import { expect, test } from "vitest";
import { createMemoryBook } from "../../../src/runners/external/agent-memory.ts";

const mb = 2 ** 20;

test("an agent needs what its entry says, else the middle of what was seen lately, else what is usual", () => {
  const entries: Record<string, { memory_mb?: number; output?: string }> = {
    fixed: { memory_mb: 700 },
    speaks: { output: "acp" },
  };
  const book = createMemoryBook((name) => entries[name]);
  expect(
    ["claude", "gemini", "acp:qwen --acp", "speaks", "mine", "fixed"].map((name) => book.needOf(name) / mb),
  ).toEqual([110, 400, 350, 350, 60, 700]);
  for (const seen of [90, 5_000, 100]) book.note("claude", seen * mb);
  book.note("fixed", 1);
  expect([book.needOf("claude") / mb, book.needOf("fixed") / mb]).toEqual([100, 700]);
  // What was long ago is forgotten.
  for (let at = 0; at < 15; at += 1) book.note("claude", 200 * mb);
  expect(book.needOf("claude") / mb).toBe(200);
});
