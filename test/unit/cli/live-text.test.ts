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
  return {
    text: createLiveText(terminal, { prefix: "", id: "1a2b3c4d" }),
    read: () => shown,
  };
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

test("a text that came shortened is shown so, with what prints all of it; seen live and whole, it is not", () => {
  const cut = { ...turnEnd("one\n[… 90 characters left out …]\ntwo"), cut_characters: 60 };
  const { text, read } = open();
  text.entry(cut);
  expect(read()).toMatch(/ one\n.*left out.*\n +two\n +all of it: profclaw agent logs 1a2b3c4d\n$/);
  const seen = open();
  seen.text.delta({ text: "x".repeat("one\n[… 90 characters left out …]\ntwo".length + 60) });
  seen.text.entry(cut);
  expect(seen.read()).not.toMatch(/all of it|one/);
});
