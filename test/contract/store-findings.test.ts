import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Finding, Vote } from "../../src/core/finding.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newSettle,
  startMs,
} from "../support/store-fixture.ts";

const finding = (given: Partial<Finding> & Pick<Finding, "id">): Finding => ({
  author: "a",
  rootId: "root",
  text: "it is so",
  evidence: ["src/a.ts:1"],
  createdAt: startMs,
  ...given,
});
const vote = (given: Partial<Vote>): Vote => ({
  findingId: "f-1",
  voter: "b",
  weight: 1,
  reason: null,
  at: startMs,
  ...given,
});

describe.each(implementations)("findings in the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  const ids = async (query: { rootIds?: string[]; authors?: string[] } = {}): Promise<string[]> =>
    (await store.listFindings({ ...query, limit: 100 })).map(({ id }) => id);

  test("the same id twice is one finding, and a tree holds so many at most", async () => {
    expect(await store.addFinding(finding({ id: "f-1" }), 2)).toBe(true);
    expect(await store.addFinding(finding({ id: "f-1", text: "another" }), 2)).toBe(true);
    expect(await store.addFinding(finding({ id: "f-2" }), 2)).toBe(true);
    expect(await store.addFinding(finding({ id: "f-3" }), 2)).toBe(false);
    expect(await store.addFinding(finding({ id: "f-3", rootId: "other" }), 2)).toBe(true);
    expect(await store.getFinding("f-1")).toEqual({ ...finding({ id: "f-1" }), votes: [] });
    expect(await store.getFinding("f-9")).toBeUndefined();
    expect(await store.findFindingIds("f-", 10)).toEqual(["f-1", "f-2", "f-3"]);
  });

  test("they are listed by tree and by author without one; without either all", async () => {
    await store.addFinding(finding({ id: "f-1" }), 9);
    await store.addFinding(finding({ id: "f-2", rootId: "other" }), 9);
    await store.addFinding(finding({ id: "f-3", rootId: null, author: "peer" }), 9);
    expect(await ids()).toEqual(["f-1", "f-2", "f-3"]);
    expect(await ids({ rootIds: ["root"] })).toEqual(["f-1"]);
    expect(await ids({ rootIds: ["root"], authors: ["peer", "a"] })).toEqual(["f-1", "f-3"]);
    expect(await ids({ rootIds: [] })).toEqual([]);
  });

  test("a voter has one vote for each finding: the later one; a hundred at once are a hundred voters", async () => {
    await store.addFinding(finding({ id: "f-1" }), 9);
    const voters = Array.from({ length: 100 }, (_, at) => `v${at}`);
    await Promise.all(voters.map((voter) => store.castVote(vote({ voter, weight: -1 }))));
    await store.castVote(vote({ voter: "v7", weight: 0.5, reason: "checked", at: startMs + 1 }));
    const votes = (await store.getFinding("f-1"))?.votes ?? [];
    expect(votes).toHaveLength(100);
    expect(votes.at(-1)).toEqual(vote({ voter: "v7", weight: 0.5, reason: "checked", at: startMs + 1 }));
  });

  test("findings go with the last session of their tree, and their votes with them", async () => {
    const session = await acceptOne(store);
    await store.write(newSettle(session.id));
    await store.addFinding(finding({ id: "f-1", rootId: session.rootId }), 9);
    await store.addFinding(finding({ id: "f-2", rootId: "other" }), 9);
    await store.castVote(vote({}));
    await store.removeSessions([session.id]);
    expect(await ids()).toEqual(["f-2"]);
    await store.addFinding(finding({ id: "f-1", rootId: "again" }), 9);
    expect((await store.getFinding("f-1"))?.votes).toEqual([]);
  });
});
