import { noAmount } from "../../src/core/budget.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionQuery } from "../../src/store/store.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newBatch,
  newCall,
  newMessage,
  newSettle,
  newWrite,
  startMs,
} from "../support/store-fixture.ts";

describe.each(implementations)("reading from the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  async function listIds(query: Partial<SessionQuery>): Promise<string[]> {
    const { sessions } = await store.listSessions({ limit: 100, ...query });
    return sessions.map(({ id }) => id);
  }

  describe("lists of sessions", () => {
    test("the newest come first; of one moment, the one accepted last", async () => {
      const older = newBatch(2, { createdAt: startMs - 1 });
      const newer = newBatch(2, { createdAt: startMs });
      await store.acceptBatch(newer);
      await store.acceptBatch(older);
      const expected = [...newer.sessions.toReversed(), ...older.sessions.toReversed()].map(({ id }) => id);
      expect(await listIds({})).toEqual(expected);
    });

    test("status, parent, batch, root and labels narrow the list, all together", async () => {
      const parent = await acceptOne(store);
      const batch = newBatch(2, { parentId: parent.id, rootId: parent.rootId, labels: { a: "1", b: "2" } });
      await store.acceptBatch(batch);
      const other = await acceptOne(store, { labels: { a: "1" } });
      const [first = "", second = ""] = batch.sessions.map(({ id }) => id);
      await store.write(newSettle(first));

      expect(await listIds({ statuses: ["completed"] })).toEqual([first]);
      expect(await listIds({ statuses: ["completed", "queued"] })).toHaveLength(4);
      expect(await listIds({ statuses: [] })).toEqual([]);
      expect(await listIds({ parentId: parent.id })).toEqual([second, first]);
      expect(await listIds({ batchId: batch.id })).toEqual([second, first]);
      expect(await listIds({ rootId: parent.rootId })).toEqual([second, first, parent.id]);
      expect(await listIds({ labels: { a: "1" } })).toEqual([other.id, second, first]);
      expect(await listIds({ labels: { a: "1", b: "2" }, statuses: ["queued"] })).toEqual([second]);
      expect(await listIds({ labels: { a: "2" } })).toEqual([]);
      expect(await listIds({ labels: { "\"x' OR 1": "%" } })).toEqual([]);
    });

    test("pages join up, and what is accepted meanwhile does not move them", async () => {
      const batch = newBatch(10);
      await store.acceptBatch(batch);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const query: SessionQuery = cursor === null ? { limit: 3 } : { limit: 3, cursor };
        const page = await store.listSessions(query);
        seen.push(...page.sessions.map(({ id }) => id));
        cursor = page.nextCursor;
        await acceptOne(store, { createdAt: startMs + 1 });
      } while (cursor !== null);
      expect(seen).toEqual(batch.sessions.map(({ id }) => id).toReversed());
    });

    test("a full last page has no next one", async () => {
      await store.acceptBatch(newBatch(3));
      expect((await store.listSessions({ limit: 3 })).nextCursor).toBeNull();
      expect((await store.listSessions({ limit: 2 })).nextCursor).not.toBeNull();
    });

    test("a cursor that the store never gave is refused", async () => {
      await store.acceptBatch(newBatch(3));
      const { nextCursor } = await store.listSessions({ limit: 1 });
      const forged = `1${nextCursor ?? ""}`;
      for (const cursor of ["", "garbage", "1-1-AAAAAAAAAAAAAAAA", "' OR 1=1 --", forged]) {
        await expect(store.listSessions({ limit: 1, cursor })).rejects.toMatchObject({
          code: "invalid-request",
        });
      }
    });

    test("the live ones are all that have not ended, the oldest first", async () => {
      const batch = newBatch(5);
      await store.acceptBatch(batch);
      const early = await acceptOne(store, { createdAt: startMs - 5 });
      const [a = "", b = "", c = "", d = "", e = ""] = batch.sessions.map(({ id }) => id);
      await store.write(newWrite(b, { patch: { status: "running", startedAt: startMs } }));
      await store.write(newWrite(c, { patch: { status: "waiting", wait: { on: "message" } } }));
      await store.write(newSettle(d));
      const live = await store.listLiveSessions();
      expect(live.map(({ id }) => id)).toEqual([early.id, a, b, c, e]);
    });
  });

  describe("ids by their start", () => {
    test("a start finds all that begin so, the oldest first and no more than asked", async () => {
      const ids = ["ab000000-1", "ab100000-2", "ac000000-3", "ab000000-4"];
      for (const id of ids) await acceptOne(store, { id });
      expect(await store.findSessionIds("ab", 10)).toEqual([ids[0], ids[1], ids[3]]);
      expect(await store.findSessionIds("ab", 2)).toEqual([ids[0], ids[1]]);
      expect(await store.findSessionIds("ab000000-4", 10)).toEqual([ids[3]]);
      expect(await store.findSessionIds("ad", 10)).toEqual([]);
    });

    test("a wildcard is a character like any other", async () => {
      await acceptOne(store);
      for (const prefix of ["%", "_", "*", "?", "'"])
        expect(await store.findSessionIds(prefix, 10)).toEqual([]);
    });

    test("batches are found the same way", async () => {
      const { batchId } = await acceptOne(store);
      expect(await store.findBatchIds(batchId.slice(0, 8), 2)).toEqual([batchId]);
      expect(await store.findSessionIds(batchId.slice(0, 8), 2)).toEqual([]);
    });
  });

  describe("the journal", () => {
    test("it is read from a seq on, in order, no more than asked", async () => {
      const { id } = await acceptOne(store);
      const events = [1, 2, 3, 4].map((turn) => ({ type: "turn-start", turn, reservedMicroUsd: 0 }) as const);
      await store.write(newWrite(id, { events }));
      const entries = await store.readJournal({ sessionId: id, afterSeq: 2, limit: 2 });
      expect(entries.map(({ seq }) => seq)).toEqual([3, 4]);
      expect(await store.readJournal({ sessionId: id, afterSeq: 5, limit: 2 })).toEqual([]);
      expect(await store.readJournal({ sessionId: "nobody", afterSeq: 0, limit: 2 })).toEqual([]);
    });
  });

  describe("mail", () => {
    test("it comes in the order in which it was posted, even if a clock stepped back", async () => {
      const to = crypto.randomUUID();
      const messages = [3, 1, 2].map((age) =>
        newMessage({ to, createdAt: startMs + age, content: `m${age}` }),
      );
      for (const message of messages) await store.postMessage(message);
      expect(await store.listMessages({ to, unackedOnly: true, limit: 10 })).toEqual(messages);
      expect(await store.listMessages({ to, unackedOnly: true, limit: 1 })).toEqual(messages.slice(0, 1));
    });

    test("the same id posted twice, also by a write, is one message", async () => {
      const { id } = await acceptOne(store);
      const message = newMessage({ to: "batch", from: id });
      await store.postMessage(message);
      await store.postMessage({ ...message, content: "changed" });
      await store.write(newWrite(id, { messages: [message, { ...message, content: "changed" }] }));
      expect(await store.listMessages({ to: "batch", unackedOnly: false, limit: 10 })).toEqual([message]);
    });

    test("a session acks its own mail only", async () => {
      const { id } = await acceptOne(store);
      const foreign = newMessage({ to: "someone" });
      await store.postMessage(foreign);
      await store.write(newWrite(id, { ackMessageIds: [foreign.id, "unknown"] }));
      expect(await store.listMessages({ to: "someone", unackedOnly: true, limit: 10 })).toEqual([foreign]);
    });
  });

  describe("costs", () => {
    test("they group by model, provider, session, batch and day", async () => {
      const one = await acceptOne(store);
      const two = await acceptOne(store);
      await store.write(newWrite(one.id, { calls: [newCall(), newCall({ costMicroUsd: null })] }));
      const claude = newCall({ provider: "anthropic", model: "claude-sonnet-4-6", costMicroUsd: 9_000 });
      await store.write(newWrite(two.id, { calls: [claude, newCall({ possiblyBilled: true })] }));
      const list = (groupBy: "model" | "provider" | "session" | "batch" | "day") =>
        store.listCosts({ from: startMs, to: startMs + 1, groupBy, utcOffsetMinutes: 0 });

      expect(await list("model")).toEqual([
        {
          key: "anthropic/claude-sonnet-4-6",
          sessions: 1,
          calls: 1,
          unpricedCalls: 0,
          possiblyBilledCalls: 0,
          usage: claude.usage,
          costMicroUsd: 9_000,
          reserved: noAmount,
        },
        {
          key: "groq/llama-3.3-70b-versatile",
          sessions: 2,
          calls: 3,
          unpricedCalls: 1,
          possiblyBilledCalls: 1,
          usage: { inputTokens: 300, outputTokens: 60, cacheReadTokens: 21, cacheWriteTokens: 9 },
          costMicroUsd: 2_468,
          reserved: noAmount,
        },
      ]);
      expect((await list("provider")).map(({ key }) => key)).toEqual(["anthropic", "groq"]);
      expect((await list("session")).map(({ key }) => key)).toEqual([two.id, one.id]);
      expect((await list("batch")).map(({ key }) => key)).toEqual([two.batchId, one.batchId]);
      expect(await list("day")).toMatchObject([{ key: "2026-11-21", sessions: 2, calls: 4 }]);
    });

    test("they group by tree and label, also after the sessions are gone", async () => {
      const parent = await acceptOne(store, { labels: { team: "pay", kind: "review" } });
      const child = await acceptOne(store, { parentId: parent.id, rootId: parent.rootId });
      const calls = [newCall({ costMicroUsd: 10 })];
      await store.write(newSettle(parent.id, { calls }));
      await store.write(newSettle(child.id, { calls }));
      const list = async (groupBy: "tree" | "label") => {
        const rows = await store.listCosts({ from: 0, to: startMs * 2, groupBy, utcOffsetMinutes: 0 });
        return rows.map(({ key, sessions, costMicroUsd }) => `${key} ${sessions} ${costMicroUsd}`);
      };
      const byTree = [`${parent.rootId} 2 20`];
      const byLabel = [" 1 10", "kind=review 1 10", "team=pay 1 10"];
      expect(await list("tree")).toEqual(byTree);
      expect(await list("label")).toEqual(byLabel);

      expect(await store.deleteEndedSessions({ endedBefore: startMs * 2, limit: 10 })).toBe(2);
      expect(await list("tree")).toEqual(byTree);
      expect(await list("label")).toEqual(byLabel);
    });

    test("days are those of the caller's clock, and the end of the range is left out", async () => {
      const { id } = await acceptOne(store);
      const midnight = Date.UTC(2026, 10, 22);
      for (const at of [midnight - 1, midnight, midnight + 3_600_000]) {
        await store.write(newWrite(id, { at, calls: [newCall()] }));
      }
      const days = async (utcOffsetMinutes: number, to = midnight * 2) => {
        const rows = await store.listCosts({ from: 0, to, groupBy: "day", utcOffsetMinutes });
        return rows.map(({ key, calls }) => `${key}:${calls}`);
      };
      expect(await days(0)).toEqual(["2026-11-21:1", "2026-11-22:2"]);
      expect(await days(60)).toEqual(["2026-11-22:3"]);
      expect(await days(-60)).toEqual(["2026-11-21:2", "2026-11-22:1"]);
      expect(await days(0, midnight)).toEqual(["2026-11-21:1"]);
    });

    test("sums of absurd counts are held at the largest exact integer", async () => {
      const { id } = await acceptOne(store);
      const usage = { inputTokens: 1e12, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
      const costMicroUsd = Number.MAX_SAFE_INTEGER;
      await store.write(newWrite(id, { calls: [newCall({ usage, costMicroUsd })] }));
      await store.write(newWrite(id, { calls: [newCall({ usage, costMicroUsd })] }));
      expect(await store.getSession(id)).toMatchObject({ usage: { inputTokens: 2e12 }, costMicroUsd });
      const rows = await store.listCosts({ from: 0, to: startMs * 2, groupBy: "model", utcOffsetMinutes: 0 });
      expect(rows[0]?.costMicroUsd).toBe(costMicroUsd);
    });
  });
});
