import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import { acceptOne, createStoreFolder, implementations, newSettle } from "../support/store-fixture.ts";

describe.each(implementations)("tokens of sessions in the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  test("a session has one, the last; it outlives a restart", async () => {
    const { id } = await acceptOne(store);
    expect(await store.putToken({ sessionId: id, hash: "first" })).toBe(true);
    expect(await store.putToken({ sessionId: id, hash: "second" })).toBe(true);
    await store.close();
    store = await folder.open();
    expect(await store.findTokenOwner("first")).toBeUndefined();
    expect(await store.findTokenOwner("second")).toEqual({ sessionId: id, hasEnded: false });
  });

  test("who has ended is told, and gets none; a session that there is not gets none", async () => {
    const { id } = await acceptOne(store);
    await store.putToken({ sessionId: id, hash: "one" });
    await store.write(newSettle(id));
    expect(await store.findTokenOwner("one")).toEqual({ sessionId: id, hasEnded: true });
    expect(await store.putToken({ sessionId: id, hash: "two" })).toBe(false);
    expect(await store.findTokenOwner("two")).toBeUndefined();
    expect(await store.putToken({ sessionId: "nobody", hash: "three" })).toBe(false);
  });

  test("a session that goes on again does not take its old token along, and a removed one leaves none", async () => {
    const { id } = await acceptOne(store);
    await store.putToken({ sessionId: id, hash: "old" });
    await store.write(newSettle(id));
    const spec = await store.getSession(id);
    if (spec === undefined) throw new Error("It is gone.");
    const event = { type: "session-resume" as const, text: "go on", key: null };
    expect(await store.reopenSession({ spec, at: 5, event })).toBe("reopened");
    expect(await store.findTokenOwner("old")).toBeUndefined();
    await store.putToken({ sessionId: id, hash: "new" });
    await store.write(newSettle(id));
    expect(await store.removeSessions([id])).toMatchObject({ removed: [id] });
    expect(await store.findTokenOwner("new")).toBeUndefined();
  });
});
