import { expect, test } from "vitest";
import { createLiveText } from "../../../src/cli/attach/live-text.ts";
import type { JournalEntryView } from "../../../src/contract/shapes.ts";

/** What a terminal would have shown. */
function open() {
  let shown = "";
  const terminal = {
    print: (text: string) => void (shown += `${text}\n`),
    write: (text: string) => void (shown += text),
    flush: () => Promise.resolve(),
  };
  return { text: createLiveText(terminal, ""), read: () => shown };
}

function turnEnd(text: string): JournalEntryView {
  const data = { turn: 1, finish: "stop", content: [{ type: "text", text }] };
  return { seq: 3, at: "2026-07-01T10:00:00.000Z", type: "turn-end", data };
}

test("a text that was seen as it came is not shown again, also where its end was blank", () => {
  for (const whole of ["one\ntwo", "one\ntwo\n"]) {
    const { text, read } = open();
    for (const line of ["one\n", "two\n"]) text.delta({ text: line });
    text.entry(turnEnd(whole));
    expect(read().match(/two/g)).toHaveLength(1);
  }
});

test("a text of which something was left out is shown whole", () => {
  const { text, read } = open();
  text.delta({ text: "two\n" });
  text.entry(turnEnd("one\ntwo"));
  expect(read()).toMatch(/two\n.*\n +one\n +two\n/);
});

test("of a text of megabytes the end is shown, and where all of it is", () => {
  const { text, read } = open();
  text.entry(turnEnd(`${"a line that is one of many\n".repeat(300_000)}the last line`));
  expect(read().length).toBeLessThan(70_000);
  expect(read()).toMatch(/characters before: profclaw agent result/);
  expect(read()).toContain("the last line");
});
