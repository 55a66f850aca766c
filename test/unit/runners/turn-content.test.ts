import { expect, test } from "vitest";
import { createTurnContent } from "../../../src/runners/external/turn-content.ts";

test("pieces of one kind are one part, and a call stands between them", () => {
  const content = createTurnContent();
  content.say("reasoning", "hm");
  content.say("text", "a");
  content.say("text", "b");
  content.add({ type: "tool-call", toolCallId: "1", toolName: "Read", input: {} });
  content.say("text", "c");
  expect(content.parts().map((part) => ("text" in part ? part.text : part.type))).toEqual([
    "hm",
    "ab",
    "tool-call",
    "c",
  ]);
});

test("what a turn may hold is one measure for all that is said in it; calls are kept, and what is left out is counted", () => {
  const content = createTurnContent();
  for (let at = 0; at < 10; at += 1) {
    content.add({ type: "text", text: "x".repeat(1_000_000) });
    content.say("reasoning", "y".repeat(1_000_000));
  }
  content.add({ type: "tool-call", toolCallId: "1", toolName: "Read", input: {} });
  content.drop(5);
  const parts = content.parts();
  expect(JSON.stringify(parts).length).toBeLessThan(8_400_000);
  expect(parts.at(-2)).toMatchObject({ type: "tool-call" });
  expect(parts.at(-1)).toEqual({
    type: "text",
    text: `\n[${20_000_000 - 8 * 1024 * 1024 + 5} characters more were printed]`,
  });
});
