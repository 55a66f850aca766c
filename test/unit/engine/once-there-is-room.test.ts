import { expect, test } from "vitest";
import { ProfclawError } from "../../../src/core/errors.ts";
import { onceThereIsRoom } from "../../../src/engine/once-there-is-room.ts";

const pauses: number[] = [];
const clock = {
  after(ms: number, job: () => void) {
    pauses.push(ms);
    queueMicrotask(job);
    return () => undefined;
  },
};

test("what finds no room on disk is tried again until it does, and all else is thrown", async () => {
  let tries = 0;
  const written = await onceThereIsRoom(clock, () => {
    tries += 1;
    if (tries < 4) return Promise.reject(new ProfclawError("storage-full", "The disk is full."));
    return Promise.resolve("written");
  });
  expect([written, tries, pauses]).toEqual(["written", 4, [1_000, 1_000, 1_000]]);
  const ended = new ProfclawError("session-ended", "It has ended.");
  await expect(onceThereIsRoom(clock, () => Promise.reject(ended))).rejects.toBe(ended);
});
