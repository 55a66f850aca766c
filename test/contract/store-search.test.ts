import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/core/journal.ts";
import { noUsage } from "../../src/core/usage.ts";
import type { FoundText, TextQuery } from "../../src/store/search.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newBatch,
  newMessage,
  newSettle,
  newWrite,
} from "../support/store-fixture.ts";

function toTurn(text: string): JournalEvent {
  return {
    type: "turn-end",
    turn: 1,
    content: [{ type: "text", text }],
    finish: "stop",
    usage: noUsage,
    costMicroUsd: 0,
    price: null,
    durationMs: 1,
  };
}

describe.each(implementations)("search $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  async function search(words: string, query: Partial<TextQuery> = {}): Promise<FoundText[]> {
    while ((await store.indexTexts(3)) > 0);
    return store.searchTexts({ words, limit: 20, skip: 0, ...query });
  }

  const say = (id: string, text: string) => store.write(newWrite(id, { events: [toTurn(text)] }));

  test("tasks, turns, tool results, messages and results are found, each by what it is", async () => {
    const { id } = await acceptOne(store, { task: "count the zebras" });
    await say(id, "I shall look at the zebra enclosure");
    const result = {
      type: "tool-result",
      toolCallId: "1",
      tool: "grep",
      text: "zebra.txt: 4",
      isError: false,
    } as const;
    await store.write(newWrite(id, { events: [result] }));
    await store.postMessage(newMessage({ to: id, id: "m-1", content: "the zebra escaped" }));
    const found = await search("zebra");
    expect(new Set(found.map(({ kind, ref }) => `${kind} ${ref}`))).toEqual(
      new Set(["message m-1", `tool ${id}`, `turn ${id}`]),
    );
    expect((await search("zebras")).map(({ kind }) => kind)).toEqual(["task"]);
    expect(found.every(({ snippet }) => snippet.includes("«zebra»"))).toBe(true);
    expect((await search("zebra", { kinds: ["tool"] })).map(({ kind }) => kind)).toEqual(["tool"]);
  });

  test("a broadcast is found by its text, once in each tree that it went to", async () => {
    const batches = [newBatch(3), newBatch(2)];
    for (const batch of batches) await store.acceptBatch(batch);
    const {
      to: _,
      ackedAt: __,
      ...message
    } = newMessage({ to: "", content: "all hands", kind: "broadcast" });
    await store.postBroadcast({ message, scope: { kind: "all", seenSince: 0 }, mostUnread: 100 });
    const found = await search("hands");
    expect(found.map(({ kind, ref }) => `${kind} ${ref}`)).toEqual(Array(2).fill(`message ${message.id}`));
    expect(new Set(found.map(({ sessionId }) => sessionId))).toEqual(
      new Set(batches.map(({ sessions }) => sessions[0]?.id)),
    );
  });

  test("findings and notes of threads are found, those of peers and threads without a session; gone, they are not", async () => {
    const { id, rootId } = await acceptOne(store, { task: "look" });
    const finding = { evidence: [], createdAt: 1, text: "an okapi in the cache" };
    await store.addFinding({ ...finding, id: "f-1", author: id, rootId }, 9);
    await store.addFinding({ ...finding, id: "f-2", author: "peer", rootId: null }, 9);
    const thread = { id: "t-1", title: "Okapi", urgency: "normal", author: "peer", rootId: null } as const;
    const note = { id: "t-1/first", author: "peer", at: 2, text: "It eats leaves." };
    const opening = { thread: { ...thread, cwd: "/", createdAt: 2 }, note, mostOpen: 9, closedBefore: 0 };
    await store.openThread(opening);
    const found = await search("okapi");
    expect(new Set(found.map(({ kind, ref, sessionId }) => `${kind} ${ref} ${sessionId}`))).toEqual(
      new Set([`finding f-1 ${id}`, "finding f-2 null", "note t-1 null"]),
    );
    expect((await search("okapi", { rootId })).map(({ ref }) => ref)).toEqual(["f-1"]);
    await store.closeThread({ id: "t-1", by: "peer", at: 3, note: null });
    const again = { ...opening, closedBefore: 4 };
    await store.openThread({
      ...again,
      thread: { ...again.thread, id: "t-2", title: "Other" },
      note: { ...note, id: "t-2/first" },
    });
    expect((await search("okapi")).map(({ ref }) => ref)).not.toContain("t-1");
  });

  test("what a session came to is found once, although its last turn said the same", async () => {
    const { id } = await acceptOne(store, { task: "x" });
    await say(id, "the answer is platypus");
    const result = { text: "the answer is platypus", truncated: false, artifacts: [] };
    const end = { status: "completed", reason: "end-turn", result } as const;
    await store.write(newSettle(id, { events: [{ type: "session-end", end }] }));
    expect((await search("platypus")).map(({ kind }) => kind)).toEqual(["result"]);
  });

  test("texts with all words come before those with some; a phrase stands together", async () => {
    const ids = [];
    for (const task of ["red apple pie", "red bicycle", "pie of an apple, red"]) {
      ids.push((await acceptOne(store, { task })).id);
    }
    const found = await search("apple red");
    expect(new Set(found.slice(0, 2).map(({ sessionId }) => sessionId))).toEqual(new Set([ids[0], ids[2]]));
    expect(found).toHaveLength(3);
    expect((await search('"apple pie"')).map(({ sessionId }) => sessionId)).toEqual([ids[0]]);
    const second = await store.searchTexts({ words: "apple red", limit: 1, skip: 1 });
    expect(second).toEqual(found.slice(1, 2));
  });

  test("letters with and without marks are the same, in any script", async () => {
    const { id } = await acceptOne(store, { task: "Größe der Ünïcode-Wörter, 東京 и Москва" });
    for (const word of ["große", "GROßE", "unicode", "worter", "москва", "東京"]) {
      expect([word, (await search(word)).map(({ sessionId }) => sessionId)]).toEqual([word, [id]]);
    }
  });

  test.each([
    '"',
    "a OR",
    "NEAR(",
    "x*",
    "col:x",
    "-x",
    "'; DROP TABLE search_texts; --",
    "()",
    "\u0000",
    "👩‍👩‍👧",
  ])("hostile words are words: %j", async (words) => {
    const { id } = await acceptOne(store, { task: "a col x near drop table" });
    const found = await search(words);
    expect(found.every(({ sessionId }) => sessionId === id)).toBe(true);
    expect((await search("table")).map(({ sessionId }) => sessionId)).toEqual([id]);
  });

  test("only of a tree, only of a batch", async () => {
    const one = await acceptOne(store, { task: "walrus one" });
    const two = await acceptOne(store, { task: "walrus two" });
    expect((await search("walrus", { rootId: one.rootId })).map(({ sessionId }) => sessionId)).toEqual([
      one.id,
    ]);
    expect((await search("walrus", { batchId: two.batchId })).map(({ sessionId }) => sessionId)).toEqual([
      two.id,
    ]);
  });

  test("it goes on where it was after a restart, and what is removed is found no more", async () => {
    const { id } = await acceptOne(store, { task: "a narwhal" });
    expect(await search("narwhal")).toHaveLength(1);
    store = await folder.open();
    await say(id, "the narwhal sings");
    expect(await search("narwhal")).toHaveLength(2);
    await store.write(newSettle(id));
    await search("narwhal");
    await store.removeSessions([id]);
    expect(await search("narwhal")).toEqual([]);
  });

  test("a text of a megabyte is found by its beginning and costs what is kept", async () => {
    const { id } = await acceptOne(store, { task: "x" });
    await say(id, `axolotl ${"😀 word ".repeat(150_000)} omega`);
    expect((await search("axolotl"))[0]?.snippet.length).toBeLessThan(400);
    expect(await search("omega")).toEqual([]);
  });
});
