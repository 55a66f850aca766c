import { expect, test } from "vitest";
import { createLaneRouter } from "../../../src/sandbox/recorded/lane-router.ts";
import { createPieceLines } from "../../../src/sandbox/recorded/piece-lines.ts";

test("an answer goes to who asked, and what is told of a conversation to the lane that has opened it last", () => {
  const router = createLaneRouter<string>();
  router.add("s1.1", "one");
  router.add("s2.1", "two");
  const told = JSON.stringify({ method: "turn/started", params: { threadId: "t1" } });
  expect(router.laneOf(told)).toBe(null);
  expect(router.laneOf('{"id":"s1.1:open","result":{"thread":{"id":"t1"}}}')).toBe("one");
  expect([router.laneOf(told), router.threadOf("one")]).toEqual(["one", "t1"]);
  expect(router.laneOf('{"id":"s2.1:open","error":{"code":1}}')).toBe("two");
  // The next run of a session goes on with its thread while the one before is being left.
  router.add("s1.2", "again");
  router.laneOf('{"id":"s1.2:open","result":{"thread":{"id":"t1"}}}');
  router.delete("s1.1");
  expect([router.laneOf(told), router.threadOf("one")]).toEqual(["again", undefined]);
  router.delete("s1.2");
  expect(router.laneOf(told)).toBe(null);
});

test("a conversation's name in what a model wrote leads nowhere", () => {
  const router = createLaneRouter<string>();
  router.add("a", "victim");
  router.laneOf('{"id":"a:open","result":{"thread":{"id":"t1"}}}');
  const item = { arguments: { threadId: "t1", id: "a:open" }, text: '"threadId":"t1"' };
  expect(router.laneOf(JSON.stringify({ method: "item/completed", params: { item, threadId: "t2" } }))).toBe(
    null,
  );
  expect(router.laneOf(JSON.stringify({ id: 7, result: { threadId: "t1", item } }))).toBe(null);
  for (const line of [
    "",
    "not JSON",
    "[1]",
    "null",
    '{"id":7}',
    '{"method":"x"}',
    '{"params":{"threadId":"t1"}}',
  ]) {
    expect(router.laneOf(line), line).toBe(null);
  }
});

function readLines(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const cutter = createPieceLines((line) => lines.push(line.toString()));
  chunks.forEach((chunk) => cutter.add(chunk));
  cutter.end();
  return lines;
}

test("pieces of any size become the same lines; an endless one is cut, and the next one is whole again", () => {
  const text = Buffer.from('{"a":"ä"}\n\n{"b":2}\nrest');
  const whole = ['{"a":"ä"}\n', "\n", '{"b":2}\n', "rest"];
  for (const size of [1, 2, 3, 7, 100]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.subarray(at * size, (at + 1) * size),
    );
    expect(readLines(chunks)).toEqual(whole);
  }
  const endless = Array.from({ length: 20 }, () => Buffer.alloc(1024 * 1024, "x"));
  const lines = readLines([...endless, Buffer.from("\nnext\n")]);
  expect([lines.length, lines[1]]).toEqual([2, "next\n"]);
  expect(lines[0]?.length).toBeLessThan(1024 * 1024);
});
