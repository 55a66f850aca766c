import { afterEach, beforeEach, expect, test } from "vitest";
import type { Finding } from "../../src/core/finding.ts";
import { openInProcessStore } from "../../src/store/sqlite/open-in-process-store.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { NewThread } from "../../src/store/threads.ts";
import { breakPage, pagesOf } from "../support/store-damage.ts";
import {
  acceptOne,
  createStoreFolder,
  newSettle,
  newWrite,
  type StoreFolder,
  startMs,
} from "../support/store-fixture.ts";

let folder: StoreFolder;

beforeEach(() => {
  folder = createStoreFolder(openInProcessStore);
});
afterEach(() => folder.clear());

function newThread(id: string): NewThread {
  const facts = { title: `about ${id}`, urgency: "normal" as const, author: "lead", rootId: null };
  const thread = { ...facts, id, cwd: "/srv/project", createdAt: startMs };
  const note = { id: `${id}/first`, author: "lead", at: startMs, text: `what is known of ${id}` };
  return { thread, note, mostOpen: 100, closedBefore: 0 };
}

function newFinding(id: string, rootId: string): Finding {
  return { id, author: "a", rootId, text: `found ${id}`, evidence: ["src/a.ts:1"], createdAt: startMs };
}

/** Journals of many pages, so that a broken one is theirs. */
async function fill(store: SqliteStore): Promise<void> {
  for (let index = 0; index < 20; index += 1) {
    const { id } = await acceptOne(store);
    const events = Array.from({ length: 8 }, () => ({
      type: "repair-request" as const,
      text: "x".repeat(400),
    }));
    await store.write(newWrite(id, { events }));
    await store.write(newSettle(id));
  }
}

test("threads, their notes and ends, claims, findings and votes since the backup are brought over", async () => {
  let store = await folder.open();
  await fill(store);
  const { batchId: rootId } = await acceptOne(store);
  for (const id of ["old-open", "old-closed"]) await store.openThread(newThread(id));
  await store.addFinding(newFinding("f-old", rootId), 9);
  const vote = { voter: "b", weight: 0.5, reason: null, at: startMs };
  await store.castVote({ ...vote, findingId: "f-old" });
  await store.backUp();
  await store.openThread(newThread("new"));
  const note = { id: "n-2", author: "me", at: startMs + 1, text: "and this" };
  await store.noteThread({ id: "old-open", note, mostNotes: 9 });
  await store.closeThread({ id: "old-closed", by: "me", at: startMs + 2, note: null });
  const lease = { at: startMs, leaseUntil: startMs + 60_000, batchId: null };
  await store.claimCandidate({ ...lease, id: "claim-1", candidateId: "new", claimedBy: "me" });
  await store.addFinding(newFinding("f-new", rootId), 9);
  await store.castVote({ ...vote, findingId: "f-new" });
  await store.castVote({ ...vote, findingId: "f-old", weight: -1 });
  await store.close();
  breakPage(folder.databasePath, pagesOf(folder.databasePath, "journal")[2] ?? 0);

  store = await folder.open();
  expect(store.healed).not.toBeNull();
  const texts = async (id: string) => (await store.listNotes(id)).map(({ text }) => text);
  expect(await texts("new")).toEqual(["what is known of new"]);
  expect(await texts("old-open")).toEqual(["what is known of old-open", "and this"]);
  expect(await store.getThread("old-closed")).toMatchObject({ closedAt: startMs + 2, closedBy: "me" });
  expect(await store.getThread("old-open")).toMatchObject({ closedAt: null });
  const [, , claimed] = await Promise.all(["old-open", "old-closed", "new"].map((id) => store.getThread(id)));
  expect(claimed).toBeDefined();
  const again = await store.claimCandidate({ ...lease, id: "claim-2", candidateId: "new", claimedBy: "you" });
  expect(again).toMatchObject({ kind: "held", claim: { id: "claim-1", claimedBy: "me" } });
  const findings = await store.listFindings({ rootIds: [rootId], limit: 9 });
  expect(findings.map(({ id, votes }) => [id, votes.map(({ weight }) => weight)])).toEqual([
    ["f-old", [-1]],
    ["f-new", [0.5]],
  ]);
});
