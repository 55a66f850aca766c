import { expect, test } from "vitest";
import { createHub } from "../../../src/engine/hub.ts";
import { watchSession } from "../../../src/operations/watch-session.ts";

const sessionId = "s";
const open = new AbortController().signal;
const grown = { kind: "journal", sessionId, batchId: "b", ended: false } as const;
const delta = (text: string) => ({ kind: "live", sessionId, event: { type: "text-delta", text } }) as const;

test("text that piles up is joined and comes as one", async () => {
  const hub = createHub();
  using news = watchSession(hub, sessionId, open);
  for (const text of ["a", "b", "c"]) hub.publish(delta(text));
  expect(await news.next()).toEqual(delta("abc"));
});

test("a reader that stalls keeps little text, and is still told that the journal grew", async () => {
  const hub = createHub();
  using news = watchSession(hub, sessionId, open);
  hub.publish(delta("begin"));
  hub.publish(grown);
  let longest = 0;
  for (let at = 0; at < 10_000; at += 1) hub.publish(delta("x".repeat(1_000)));
  hub.publish(delta("end"));
  const first = await news.next();
  expect(first).toEqual(grown);
  const second = await news.next();
  if (second?.kind === "live") longest = second.event.text.length;
  expect(longest).toBeLessThan(70_000);
  expect(second).toMatchObject({ event: { text: expect.stringMatching(/end$/) as string } });
});

test("a reader that keeps up misses nothing, however much comes in all", async () => {
  const hub = createHub();
  using news = watchSession(hub, sessionId, open);
  for (let at = 0; at < 1_000; at += 1) {
    hub.publish(delta("x".repeat(1_000)));
    expect(await news.next()).toEqual(delta("x".repeat(1_000)));
  }
});
