import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventQuery, NumberedEntry } from "../../src/store/events.ts";
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

describe.each(implementations)("all journals as one $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  async function readAll(query: Partial<EventQuery> = {}): Promise<NumberedEntry[]> {
    const entries: NumberedEntry[] = [];
    let after = query.after ?? 0;
    for (;;) {
      const page = await store.readEvents({ limit: 3, ...query, after });
      entries.push(...page.entries);
      after = page.scannedTo;
      if (!page.hasMore) return entries;
    }
  }

  async function listIds(query: Partial<EventQuery>): Promise<string[]> {
    return (await readAll(query)).map((entry) => entry.sessionId);
  }

  const note = (id: string, text: string) =>
    store.write(newWrite(id, { events: [{ type: "message-deliver", messageIds: [], text }] }));

  test("entries come in the order in which they were written, whosever they are, over a restart", async () => {
    const one = await acceptOne(store);
    const two = await acceptOne(store);
    await note(one.id, "a");
    await note(two.id, "b");
    store = await folder.open();
    await note(one.id, "c");
    const entries = await readAll();
    expect(entries.map(({ sessionId, seq }) => [sessionId === one.id ? 1 : 2, seq])).toEqual([
      [1, 1],
      [2, 1],
      [1, 2],
      [2, 2],
      [1, 3],
    ]);
    expect(entries.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(await store.readLastEvent()).toBe(5);
    expect((await readAll({ after: 3 })).map(({ number }) => number)).toEqual([4, 5]);
  });

  test("a number whose entry was deleted is not given again", async () => {
    const gone = await acceptOne(store);
    await store.write(newSettle(gone.id));
    const last = await store.readLastEvent();
    await store.removeSessions([gone.id]);
    expect(await store.readLastEvent()).toBe(last);
    await acceptOne(store);
    expect((await readAll({ after: last })).map(({ number }) => number)).toEqual([last + 1]);
  });

  test("a batch, labels and statuses choose, also where a page finds nothing", async () => {
    const wanted = newBatch(1, { labels: { team: "a", x: "1" } });
    await store.acceptBatch(newBatch(5, { labels: { team: "b" } }));
    await store.acceptBatch(wanted);
    const id = wanted.sessions[0]?.id ?? "";
    expect(await listIds({ batchId: wanted.id })).toEqual([id]);
    expect(await listIds({ labels: { team: "a", x: "1" } })).toEqual([id]);
    expect(await listIds({ labels: { team: "a", x: "2" } })).toEqual([]);
    expect(await listIds({ statuses: ["failed", "cancelled"] })).toEqual([]);
    await store.write(newSettle(id));
    expect(await listIds({ statuses: ["completed"] })).toEqual([id, id]);
  });

  test("one page holds little text, and a number from elsewhere is the end", async () => {
    const { id } = await acceptOne(store);
    for (let count = 0; count < 4; count += 1) await note(id, "x".repeat(200_000));
    const page = await store.readEvents({ after: 0, limit: 1_000 });
    expect(page.entries.length).toBeLessThan(5);
    expect(page.hasMore).toBe(true);
    expect(await readAll()).toHaveLength(5);
    const beyond = { entries: [], scannedTo: 5, hasMore: false };
    expect(await store.readEvents({ after: 9_999, limit: 10 })).toEqual(beyond);
  });

  test("mail is read on after a message; a cursor of another's mail is refused", async () => {
    const [mine, other] = [await acceptOne(store), await acceptOne(store)];
    const sent = [1, 2, 3].map((number) => newMessage({ to: mine.id, content: String(number) }));
    for (const message of sent) await store.postMessage(message);
    const afterId = sent[0]?.id ?? "";
    const rest = await store.listMessages({ to: mine.id, unackedOnly: false, limit: 9, afterId });
    expect(rest.map(({ content }) => content)).toEqual(["2", "3"]);
    const refusal = store.listMessages({ to: other.id, unackedOnly: false, limit: 9, afterId });
    await expect(refusal).rejects.toMatchObject({ code: "invalid-request", pointer: "cursor" });
  });
});
