import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { shareLooks } from "../../../src/core/share-looks.ts";

test("each look sees what was there when it was asked for, and many at once make two", async () => {
  let written = 0;
  let looks = 0;
  const read = shareLooks(async () => {
    looks += 1;
    const seen = written;
    await sleep(1);
    return seen;
  });
  const first = read("a");
  written = 1;
  const later = Array.from({ length: 100 }, () => read("a"));
  expect(await first).toBe(0);
  expect(await Promise.all(later)).toEqual(later.map(() => 1));
  expect(looks).toBe(2);
  written = 2;
  expect(await read("a")).toBe(2);
});

test("a look that fails fails those that share it, and the next one looks anew", async () => {
  let looks = 0;
  const read = shareLooks(async (key) => {
    looks += 1;
    const number = looks;
    await sleep(1);
    if (number < 3) throw new Error(`look ${number}`);
    return key;
  });
  const [first, second, third] = await Promise.allSettled([read("a"), read("a"), read("a")]);
  expect(first).toMatchObject({ reason: { message: "look 1" } });
  expect(second).toMatchObject({ reason: { message: "look 2" } });
  expect(third).toMatchObject({ reason: { message: "look 2" } });
  expect(await read("a")).toBe("a");
});

test("folders do not wait for each other", async () => {
  const read = shareLooks((key) =>
    key === "stuck" ? new Promise<string>(() => undefined) : Promise.resolve(key),
  );
  void read("stuck");
  expect(await read("free")).toBe("free");
});
