import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewClaim, NewThread } from "../../src/store/threads.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { SessionSpec } from "../../src/core/session.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newSettle,
  startMs,
} from "../support/store-fixture.ts";

const kinds = ["thread", "session"] as const;

function newThread(given: Partial<NewThread["thread"]> = {}): NewThread {
  const id = given.id ?? crypto.randomUUID();
  const thread = {
    id,
    title: "Flaky test",
    urgency: "normal" as const,
    author: "lead",
    rootId: null,
    cwd: "/srv/project",
    createdAt: startMs,
    ...given,
  };
  const note = { id: `${id}/first`, author: thread.author, at: thread.createdAt, text: "The clock is real." };
  return { thread, note, mostOpen: 100, closedBefore: 0 };
}

function newClaim(candidateId: string, given: Partial<NewClaim> = {}): NewClaim {
  return {
    id: crypto.randomUUID(),
    candidateId,
    claimedBy: "me",
    at: startMs,
    leaseUntil: startMs + 60_000,
    batchId: null,
    ...given,
  };
}

describe.each(implementations)("work that waits in the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  const listIds = async (): Promise<string[]> =>
    (await store.listCandidates({ kinds, limit: 100 }))
      .filter(({ claim }) => claim === null)
      .map(({ id }) => id);

  async function fail(given: Partial<SessionSpec> = {}, status: "failed" | "cancelled" = "failed") {
    const spec = await acceptOne(store, given);
    const error = { code: "internal", detail: "it broke" } as const;
    await store.write(
      newSettle(spec.id, {
        patch: { status, reason: "provider-error", endedAt: startMs + 1, error, result: null },
      }),
    );
    return spec;
  }

  test("a thread keeps its notes in order; closed, it takes no more and is no candidate", async () => {
    const opening = newThread();
    const { id } = opening.thread;
    expect([await store.openThread(opening), await store.openThread(opening)]).toEqual(["opened", "known"]);
    const note = { id: "n-1", author: "me", at: startMs + 5, text: "It is the time zone." };
    expect(await store.noteThread({ id, note, mostNotes: 2 })).toBe("noted");
    expect(await store.noteThread({ id, note, mostNotes: 2 })).toBe("noted");
    const other = { ...note, id: "n-2" };
    expect(await store.noteThread({ id, note: other, mostNotes: 2 })).toBe("full");
    expect((await store.listNotes(id)).map(({ text }) => text)).toEqual([opening.note.text, note.text]);
    expect(await store.getThread(id)).toMatchObject({ updatedAt: startMs + 5, notes: 2, closedAt: null });
    expect(await listIds()).toEqual([id]);
    const closing = { id, by: "me", at: startMs + 9, note: null };
    expect([await store.closeThread(closing), await store.closeThread(closing)]).toEqual([
      "closed",
      "already",
    ]);
    expect(await store.noteThread({ id, note: other, mostNotes: 9 })).toBe("closed");
    expect(await listIds()).toEqual([]);
    expect(await store.claimCandidate(newClaim(id))).toMatchObject({ kind: "gone" });
  });

  test("there is room for so many open threads, and closed ones go after their time", async () => {
    const first = newThread();
    await store.openThread({ ...first, mostOpen: 1 });
    expect(await store.openThread({ ...newThread(), mostOpen: 1 })).toBe("full");
    await store.closeThread({ id: first.thread.id, by: "me", at: startMs, note: null });
    expect(await store.openThread({ ...newThread(), mostOpen: 1, closedBefore: startMs + 1 })).toBe("opened");
    expect(await store.getThread(first.thread.id)).toBeUndefined();
  });

  test("a session that failed is a candidate until it is tried again, and the retry takes its place", async () => {
    const { id } = await fail();
    await fail({}, "cancelled");
    expect(await listIds()).toEqual([id]);
    const origin = { kind: "retry", sessionId: id } as const;
    await fail({ origin }, "cancelled");
    expect(await listIds()).toEqual([id]);
    const retry = await fail({ origin });
    expect(await listIds()).toEqual([retry.id]);
    expect(await store.claimCandidate(newClaim(id))).toMatchObject({ kind: "gone" });
    const fork = await fail({ origin: { kind: "fork", sessionId: retry.id, turn: 1 } });
    expect((await listIds()).toSorted()).toEqual([retry.id, fork.id].toSorted());
  });

  test("of a hundred that claim at once one gets it; the others are told who, and until when", async () => {
    const { id } = await fail();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) => store.claimCandidate(newClaim(id, { claimedBy: `racer-${n}` }))),
    );
    const won = outcomes.filter(({ kind }) => kind === "claimed");
    expect(won).toHaveLength(1);
    const [winner] = won;
    const held = { ...winner, kind: "held" };
    expect(outcomes.filter(({ kind }) => kind === "held")).toEqual(Array.from({ length: 99 }, () => held));
    expect(await listIds()).toEqual([]);
  });

  test("a lease that is over leaves it free; its holder renews it by the claim's id, and nobody else", async () => {
    const { id } = await fail();
    const claim = newClaim(id);
    await store.claimCandidate(claim);
    const later = { ...claim, at: startMs + 30_000, leaseUntil: startMs + 90_000 };
    expect(await store.claimCandidate({ ...later, claimedBy: "you" })).toMatchObject({ kind: "held" });
    expect(await store.claimCandidate(later)).toMatchObject({
      kind: "claimed",
      claim: { claimedAt: startMs, leaseUntil: startMs + 90_000 },
    });
    folder.clock.advance(90_000);
    expect(await listIds()).toEqual([id]);
    expect(
      await store.claimCandidate(newClaim(id, { claimedBy: "you", leaseUntil: startMs + 120_000 })),
    ).toMatchObject({ kind: "claimed" });
    expect(await store.releaseClaim(claim)).toBe(false);
  });

  test("while what was spawned from it lives the claim holds; then a thread is done until somebody notes", async () => {
    const { thread } = newThread();
    await store.openThread({ ...newThread(thread) });
    const batchId = crypto.randomUUID();
    const claim = newClaim(thread.id, { batchId });
    await store.claimCandidate(claim);
    const spec = await acceptOne(store, { batchId });
    folder.clock.advance(120_000);
    expect(await store.claimCandidate(newClaim(thread.id))).toMatchObject({
      kind: "held",
      claim: { batchId },
    });
    expect(await store.releaseClaim(claim)).toBe(false);
    // Who repeats it gets the batch of the first time.
    expect(await store.claimCandidate({ ...claim, batchId: crypto.randomUUID() })).toMatchObject({
      kind: "claimed",
      claim: { batchId },
    });
    await store.write(newSettle(spec.id));
    expect(await listIds()).toEqual([]);
    expect(await store.claimCandidate(newClaim(thread.id))).toMatchObject({ kind: "gone" });
    const note = { id: "n", author: "me", at: startMs + 130_000, text: "Still flaky." };
    await store.noteThread({ id: thread.id, note, mostNotes: 9 });
    expect(await listIds()).toEqual([thread.id]);
  });

  test("a session sees its tree's threads, people's in its folder, and its own children", async () => {
    const root = crypto.randomUUID();
    const ours = newThread({ rootId: root, cwd: "/elsewhere" });
    const people = newThread();
    const foreign = newThread({ rootId: "another" });
    const far = newThread({ cwd: "/elsewhere" });
    for (const thread of [ours, people, foreign, far]) await store.openThread(thread);
    const child = await fail({ parentId: "parent" });
    await fail();
    const seenFrom = { rootId: root, cwd: "/srv/project", sessionId: "parent" };
    const seen = await store.listCandidates({ kinds, seenFrom, limit: 100 });
    expect(seen.map(({ id }) => id).toSorted()).toEqual(
      [ours.thread.id, people.thread.id, child.id].toSorted(),
    );
  });

  test("closed ones go with their notes once they are old, in steps; open ones stay", async () => {
    for (const [index, id] of ["a", "b", "c", "open"].entries()) {
      await store.openThread(newThread({ id }));
      if (id !== "open") await store.closeThread({ id, by: "me", at: startMs + index, note: null });
    }
    const before = startMs + 2;
    expect(await store.countClosedThreads({ before })).toBe(2);
    expect(await store.deleteClosedThreads({ before, limit: 1 })).toBe(1);
    expect(await store.deleteClosedThreads({ before, limit: 5 })).toBe(1);
    expect(await store.deleteClosedThreads({ before, limit: 5 })).toBe(0);
    expect(await Promise.all(["a", "b"].map((id) => store.listNotes(id)))).toEqual([[], []]);
    const left = (await store.listThreads({ limit: 9 })).map(({ id }) => id);
    expect(left.toSorted()).toEqual(["c", "open"]);
  });
});
