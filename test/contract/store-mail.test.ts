import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../src/core/message.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newBatch,
  newMessage,
  newSettle,
  startMs,
} from "../support/store-fixture.ts";

const cast = (from: string, content: string): Omit<Message, "to" | "ackedAt"> => {
  const { to: _, ackedAt: __, ...message } = newMessage({ to: "", from, content, kind: "broadcast" });
  return message;
};

describe.each(implementations)("mail in the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  const inbox = async (to: string): Promise<Message[]> =>
    store.listMessages({ to, unackedOnly: true, limit: 100 });

  const meet = (name: string, at = startMs): Promise<string> =>
    store.meetPeer({ id: crypto.randomUUID(), name, at, most: 10 }).then((peer) => peer?.id ?? "");

  test("a broadcast to a tree reaches its living sessions and its peer, each by itself, and not its sender", async () => {
    const peer = await meet("lead");
    const batch = { ...newBatch(4), peerId: peer };
    const [a = "", b = "", c = "", ended = ""] = batch.sessions.map(({ id }) => id);
    await store.acceptBatch(batch);
    await store.write(newSettle(ended));
    const stranger = await acceptOne(store);
    const content = "x".repeat(262_144);
    const message = cast(a, content);
    const scope = { kind: "tree", rootId: batch.id } as const;
    const sent = await store.postBroadcast({ message, scope, mostUnread: 100 });
    expect(sent).toEqual({ to: [b, c, peer], full: [] });
    expect(await store.postBroadcast({ message, scope, mostUnread: 100 })).toEqual(sent);
    for (const to of [b, c, peer]) expect(await inbox(to)).toMatchObject([{ content, from: a, to }]);
    for (const to of [a, ended, stranger.id]) expect(await inbox(to)).toEqual([]);
    const [first] = await inbox(b);
    expect(await store.ackMail({ to: b, ids: [first?.id ?? ""], at: startMs })).toBe(1);
    expect(await store.ackMail({ to: b, ids: [first?.id ?? ""], at: startMs })).toBe(0);
    expect([await inbox(b), (await inbox(c)).length]).toEqual([[], 1]);
  });

  test("what was acked under a key can be had again under it, and under no other", async () => {
    const { id: to } = await acceptOne(store);
    for (const id of ["m-1", "m-2", "m-3"]) await store.postMessage(newMessage({ to, id }));
    const acked = async (ackKey: string) =>
      (await store.listMessages({ to, unackedOnly: false, ackKey, limit: 10 })).map(({ id }) => id);
    expect(await acked("k")).toEqual([]);
    await store.ackMail({ to, ids: ["m-1", "m-2"], at: startMs, key: "k" });
    await store.ackMail({ to, ids: ["m-2", "m-3"], at: startMs, key: "other" });
    expect([await acked("k"), await acked("other")]).toEqual([["m-1", "m-2"], ["m-3"]]);
  });

  test("whoever is full is left out of a broadcast and named; the others get it", async () => {
    const batch = newBatch(2);
    const [calm = "", full = ""] = batch.sessions.map(({ id }) => id);
    await store.acceptBatch(batch);
    for (let n = 0; n < 3; n += 1) await store.postMessage(newMessage({ to: full }));
    const scope = { kind: "batch", batchId: batch.id } as const;
    const sent = await store.postBroadcast({ message: cast("me", "hi"), scope, mostUnread: 3 });
    expect(sent).toEqual({ to: [calm], full: [full] });
    expect(await store.countUnread(full)).toBe(3);
  });

  test("a peer comes back under its name with its id and its mail; there are so many at most", async () => {
    const id = await meet("claude");
    await store.postMessage(newMessage({ to: id }));
    expect(await meet("claude", startMs + 120_000)).toBe(id);
    expect(await store.getPeer(id)).toEqual({
      id,
      name: "claude",
      createdAt: startMs,
      seenAt: startMs + 120_000,
    });
    await store.close();
    store = await folder.open();
    expect(await meet("claude")).toBe(id);
    expect(await inbox(id)).toHaveLength(1);
    expect(await store.findPeerIds(id.slice(0, 6), 5)).toEqual([id]);
    const full = { id: crypto.randomUUID(), name: "one more", at: startMs, most: 1 };
    expect(await store.meetPeer(full)).toBeUndefined();
  });

  test("a broadcast to all trees of a peer stays in them; one to all reaches every peer seen since", async () => {
    const [mine, theirs, gone] = [await meet("mine"), await meet("theirs"), await meet("gone", 5)];
    const one = { ...newBatch(1), peerId: mine };
    const two = { ...newBatch(1), peerId: mine };
    const other = { ...newBatch(1), peerId: theirs };
    for (const batch of [one, two, other]) await store.acceptBatch(batch);
    const [a, b, c] = [one, two, other].map(({ sessions }) => sessions[0]?.id);
    const toMine = {
      message: cast(mine, "m"),
      scope: { kind: "peer", peerId: mine },
      mostUnread: 9,
    } as const;
    expect((await store.postBroadcast(toMine)).to).toEqual([a, b]);
    const scope = { kind: "all", seenSince: 6 } as const;
    const toAll = await store.postBroadcast({ message: cast("user", "all"), scope, mostUnread: 9 });
    expect(toAll.to).toEqual([a, b, c, mine, theirs]);
    expect(await inbox(gone)).toEqual([]);
    expect((await store.findOwner(two.id))?.id).toBe(mine);
  });

  test("a question is answered once; the same answer again is the same, another one is refused", async () => {
    const ask = newMessage({ to: "b", from: "a", kind: "ask" });
    expect(await store.postQuestion(ask, startMs + 1_000)).toEqual({ kind: "asked" });
    expect(await store.postQuestion(ask, startMs + 1_000)).toEqual({ kind: "asked" });
    expect(await inbox("b")).toHaveLength(1);
    const answer = newMessage({ to: "a", from: "b", kind: "answer", content: "42", replyTo: ask.id });
    expect(await store.postAnswer(answer)).toBe("posted");
    expect(await store.postAnswer({ ...answer, id: "again" })).toBe("known");
    expect(await store.postAnswer({ ...answer, id: "other", content: "43" })).toBe("answered");
    expect(await inbox("a")).toMatchObject([{ content: "42", replyTo: ask.id }]);
    expect((await store.getQuestion(ask.id))?.answerId).toBe(answer.id);
  });

  test("a ring of questions is refused, over two and over four; an answered or a late one closes no ring", async () => {
    const ask = (from = "", to = "") =>
      store.postQuestion(newMessage({ from, to, kind: "ask", id: `${from}${to}` }), startMs + 1_000);
    for (const pair of ["ab", "bc", "cd"]) expect(await ask(pair[0], pair[1])).toEqual({ kind: "asked" });
    expect(await ask("d", "a")).toEqual({ kind: "cycle", ring: ["a", "b", "c", "d"] });
    expect(await ask("b", "a")).toEqual({ kind: "cycle", ring: ["a", "b"] });
    expect(await inbox("a")).toEqual([]);
    const answer = newMessage({ to: "b", from: "c", kind: "answer", replyTo: "bc" });
    await store.postAnswer(answer);
    expect(await ask("d", "a")).toEqual({ kind: "asked" });
    folder.clock.advance(1_000);
    expect(await ask("b", "a")).toEqual({ kind: "asked" });
  });

  test("old mail of peers goes, and peers that left nothing; sessions' mail goes with them, and a shared text with its last reader", async () => {
    const [idle, owner] = [await meet("idle"), await meet("owner")];
    const batch = { ...newBatch(2), peerId: owner };
    await store.acceptBatch(batch);
    const scope = { kind: "tree", rootId: batch.id } as const;
    await store.postBroadcast({ message: cast("user", "shared"), scope, mostUnread: 9 });
    const [first = "", second = ""] = batch.sessions.map(({ id }) => id);
    for (const id of [first, second]) await store.write(newSettle(id));
    await store.removeSessions([first]);
    expect(await inbox(second)).toMatchObject([{ content: "shared" }]);
    expect(await store.deleteOldMail({ before: startMs, limit: 10 })).toBe(0);
    expect(await store.deleteOldMail({ before: startMs + 1, limit: 10 })).toBe(1);
    expect([await store.getPeer(idle), (await store.getPeer(owner))?.name]).toEqual([undefined, "owner"]);
    expect(await inbox(second)).toMatchObject([{ content: "shared" }]);
  });
});
