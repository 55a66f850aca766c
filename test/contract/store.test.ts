import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/core/journal.ts";
import { noUsage } from "../../src/core/usage.ts";
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

describe.each(implementations)("the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  describe("accepting a batch", () => {
    test("an accepted session is queued, whole, and its journal begins with its creation", async () => {
      const spec = await acceptOne(store, { labels: { team: "red" }, schema: { type: "object" } });
      expect(await store.getSession(spec.id)).toEqual({
        ...spec,
        status: "queued",
        wait: null,
        reason: null,
        startedAt: null,
        endedAt: null,
        ranMs: 0,
        turns: 0,
        usage: noUsage,
        costMicroUsd: 0,
        unpricedCalls: 0,
        result: null,
        error: null,
        lastSeq: 1,
        snapshotSeq: 0,
      });
      expect(await store.readJournal({ sessionId: spec.id, afterSeq: 0, limit: 10 })).toEqual([
        { sessionId: spec.id, seq: 1, at: startMs, event: { type: "session-create" } },
      ]);
    });

    test("a batch with one session that cannot be stored leaves nothing", async () => {
      const known = await acceptOne(store);
      const batch = newBatch(3);
      batch.sessions.push({ ...known, batchId: batch.id });
      const idempotency = { key: "k", bodyHash: "h", expiresAt: startMs + 1 };
      await expect(store.acceptBatch({ ...batch, idempotency })).rejects.toThrow(/UNIQUE/);
      expect(await store.getBatch(batch.id)).toBeUndefined();
      expect((await store.listSessions({ limit: 10 })).sessions).toHaveLength(1);
      expect(await store.acceptBatch({ ...newBatch(1), idempotency })).toEqual({ kind: "accepted" });
    });

    test("the same key and body answer with the first batch, another body is a conflict", async () => {
      const expiresAt = startMs + 1_000;
      const first = { ...newBatch(2), idempotency: { key: "k", bodyHash: "a", expiresAt } };
      const again = { ...newBatch(2), idempotency: { key: "k", bodyHash: "a", expiresAt } };
      const other = { ...newBatch(2), idempotency: { key: "k", bodyHash: "b", expiresAt } };
      const outcomes = await Promise.all([first, again, other].map((batch) => store.acceptBatch(batch)));
      expect(outcomes).toEqual([
        { kind: "accepted" },
        { kind: "replayed", batchId: first.id },
        { kind: "key-conflict" },
      ]);
      expect((await store.listSessions({ limit: 10 })).sessions).toHaveLength(2);
    });

    test("a key that has expired can be used again", async () => {
      const expiresAt = startMs + 1_000;
      await store.acceptBatch({ ...newBatch(1), idempotency: { key: "k", bodyHash: "a", expiresAt } });
      folder.clock.advance(1_000);
      const later = { key: "k", bodyHash: "b", expiresAt: startMs + 2_000 };
      expect(await store.acceptBatch({ ...newBatch(1), idempotency: later })).toEqual({ kind: "accepted" });
    });

    test("a thousand sessions are one commit", async () => {
      const before = store.commits;
      const batch = newBatch(1_000);
      await store.acceptBatch(batch);
      expect(store.commits - before).toBe(1);
      expect((await store.getBatch(batch.id))?.counts.queued).toBe(1_000);
    });
  });

  describe("writing", () => {
    test("events, row, ledger and mail change together", async () => {
      const batch = newBatch(1);
      const id = batch.sessions[0]?.id ?? "";
      await store.acceptBatch(batch);
      const mail = newMessage({ to: id });
      await store.postMessage(mail);
      const events: JournalEvent[] = [
        { type: "session-start", epoch: store.epoch },
        { type: "message-deliver", messageIds: [mail.id], text: "hello" },
      ];
      const report = newMessage({ to: batch.id, from: id, kind: "result" });
      const outcome = await store.write(
        newWrite(id, {
          at: startMs + 10,
          events,
          patch: { status: "running", startedAt: startMs + 10, turns: 1, ranMs: 9 },
          calls: [newCall(), newCall({ costMicroUsd: null, price: null })],
          messages: [report],
          ackMessageIds: [mail.id],
        }),
      );
      expect(outcome).toEqual({ kind: "written", lastSeq: 3 });
      expect(await store.getSession(id)).toMatchObject({
        status: "running",
        startedAt: startMs + 10,
        turns: 1,
        ranMs: 9,
        lastSeq: 3,
        usage: { inputTokens: 200, outputTokens: 40, cacheReadTokens: 14, cacheWriteTokens: 6 },
        costMicroUsd: 1_234,
        unpricedCalls: 1,
      });
      const journal = await store.readJournal({ sessionId: id, afterSeq: 1, limit: 10 });
      expect(journal.map(({ event }) => event)).toEqual(events);
      expect(await store.listMessages({ to: id, unackedOnly: true, limit: 10 })).toEqual([]);
      expect(await store.listMessages({ to: id, unackedOnly: false, limit: 10 })).toEqual([
        { ...mail, ackedAt: startMs + 10 },
      ]);
      expect(await store.listMessages({ to: batch.id, unackedOnly: true, limit: 10 })).toEqual([report]);
    });

    test("a wait is set and taken away, and what a patch does not name stays", async () => {
      const { id } = await acceptOne(store);
      const wait = { on: "cool-down", untilMs: startMs + 60_000, detail: "429" } as const;
      await store.write(newWrite(id, { patch: { status: "waiting", wait, ranMs: 7 } }));
      expect(await store.getSession(id)).toMatchObject({ status: "waiting", wait, ranMs: 7 });
      await store.write(newWrite(id, { patch: { status: "queued", wait: null } }));
      expect(await store.getSession(id)).toMatchObject({ status: "queued", wait: null, ranMs: 7 });
    });

    test("a session that has ended is not written again", async () => {
      const { id, batchId } = await acceptOne(store);
      await store.write(newSettle(id));
      const ended = await store.getSession(id);
      const late = newSettle(id, {
        patch: { status: "failed", reason: "lost" },
        calls: [newCall()],
        messages: [newMessage({ to: batchId })],
      });
      expect(await store.write(late)).toEqual({ kind: "ended" });
      expect(await store.getSession(id)).toEqual(ended);
      expect(await store.listMessages({ to: batchId, unackedOnly: false, limit: 10 })).toEqual([]);
      expect(
        await store.listCosts({ from: 0, to: startMs * 2, groupBy: "model", utcOffsetMinutes: 0 }),
      ).toEqual([]);
    });

    test("two that settle at once: one wins", async () => {
      const { id } = await acceptOne(store);
      const outcomes = await Promise.all([store.write(newSettle(id)), store.write(newSettle(id))]);
      expect(outcomes).toEqual([{ kind: "written", lastSeq: 2 }, { kind: "ended" }]);
    });

    test("a session that nobody accepted is unknown", async () => {
      expect(await store.write(newSettle(crypto.randomUUID()))).toEqual({ kind: "unknown" });
    });

    test("one bad write among many hurts only itself", async () => {
      const batch = newBatch(20);
      await store.acceptBatch(batch);
      const writes = batch.sessions.map(({ id }, index) => {
        // A fractional time cannot be stored: a bug of the caller.
        const patch = index === 7 ? { startedAt: 0.5 } : { turns: 1 };
        const messages = [newMessage({ to: batch.id, from: id })];
        return store.write(newWrite(id, { events: [{ type: "wait-end" }], patch, messages }));
      });
      const outcomes = await Promise.allSettled(writes);
      expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
      expect(outcomes[7]?.status).toBe("rejected");
      expect(await store.listMessages({ to: batch.id, unackedOnly: true, limit: 99 })).toHaveLength(19);
      expect(await store.getSession(batch.sessions[7]?.id ?? "")).toMatchObject({ lastSeq: 1, turns: 0 });
    });

    test("five hundred writes at once need far fewer commits, and none is lost", async () => {
      const batch = newBatch(50);
      await store.acceptBatch(batch);
      const before = store.commits;
      const writes = Array.from({ length: 500 }, (_, index) => {
        const id = batch.sessions[index % 50]?.id ?? "";
        return store.write(
          newWrite(id, { events: [{ type: "turn-start", turn: index, reservedMicroUsd: 0 }] }),
        );
      });
      await Promise.all(writes);
      expect(store.commits - before).toBeLessThanOrEqual(5);
      for (const { id } of batch.sessions) {
        const journal = await store.readJournal({ sessionId: id, afterSeq: 0, limit: 99 });
        expect(journal.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      }
    });
  });

  describe("batches", () => {
    test("a batch counts its sessions by status, sums them, and ends with the last of them", async () => {
      const batch = newBatch(3);
      const [a, b, c] = batch.sessions.map(({ id }) => id);
      await store.acceptBatch(batch);
      await store.write(newSettle(a ?? "", { calls: [newCall()] }));
      await store.write(
        newWrite(b ?? "", {
          patch: { status: "failed", reason: "budget", endedAt: startMs + 9_000 },
          calls: [newCall()],
        }),
      );
      expect(await store.getBatch(batch.id)).toMatchObject({
        endedAt: null,
        counts: { queued: 1, running: 0, completed: 1, failed: 1, timed_out: 0 },
        usage: { inputTokens: 200 },
        costMicroUsd: 2_468,
      });
      await store.write(newSettle(c ?? "", { calls: [newCall({ costMicroUsd: null })] }));
      expect(await store.getBatch(batch.id)).toMatchObject({
        parentId: null,
        createdAt: startMs,
        endedAt: startMs + 9_000,
        unpricedCalls: 1,
      });
    });

    test("an unknown batch is undefined", async () => {
      expect(await store.getBatch(crypto.randomUUID())).toBeUndefined();
    });
  });

  describe("artifacts", () => {
    test("a text is kept whole in a file of the user alone", async () => {
      const { id: sessionId } = await acceptOne(store);
      const text = `${"x".repeat(2_000_000)} ünïcödé 🦊\u0000 end`;
      const artifact = { id: crypto.randomUUID(), sessionId, name: "output.txt", text, createdAt: startMs };
      const ref = await store.putArtifact(artifact);
      expect(ref).toEqual({ id: artifact.id, name: "output.txt", sizeBytes: Buffer.byteLength(text) });
      expect(await store.getArtifact(artifact.id)).toEqual({ ref, sessionId, text });
      const artifactsPath = join(folder.path, "state", "artifacts");
      expect(statSync(join(artifactsPath, artifact.id)).mode & 0o777).toBe(0o600);
      expect(statSync(artifactsPath).mode & 0o777).toBe(0o700);
    });

    test("the same id twice is one artifact, and an unknown one is undefined", async () => {
      const { id: sessionId } = await acceptOne(store);
      const artifact = { id: crypto.randomUUID(), sessionId, name: "a", text: "first", createdAt: startMs };
      const refs = await Promise.all([
        store.putArtifact(artifact),
        store.putArtifact({ ...artifact, text: "second time" }),
      ]);
      expect(refs[1]).toEqual(refs[0]);
      expect((await store.getArtifact(artifact.id))?.text).toBe("first");
      expect(await store.getArtifact("../profclaw.db")).toBeUndefined();
    });

    test("an artifact of nobody, or one that would leave the folder, is refused and leaves no file", async () => {
      const { id: sessionId } = await acceptOne(store);
      const artifact = { id: crypto.randomUUID(), sessionId, name: "a", text: "t", createdAt: startMs };
      await expect(store.putArtifact({ ...artifact, sessionId: "nobody" })).rejects.toMatchObject({
        code: "not-found",
      });
      await expect(store.putArtifact({ ...artifact, id: "../escape" })).rejects.toThrow(/cannot be the id/);
      expect(readdirSync(join(folder.path, "state", "artifacts"))).toEqual([]);
    });
  });
});
