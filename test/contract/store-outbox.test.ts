import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewDelivery } from "../../src/store/webhooks.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { type StoreFolder, createStoreFolder, implementations, startMs } from "../support/store-fixture.ts";

function toDelivery(id: string, url = "https://a.example/hook"): NewDelivery {
  return {
    id,
    target: { url, secret: "whsec_x", events: null, mayBePrivate: false },
    body: `{"id":"${id}"}`,
  };
}

describe.each(implementations)("the outbox in the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
  });
  afterEach(() => folder.clear());

  const queue = (ids: string[], mostWaiting: number) =>
    store.queueDeliveries({ deliveries: ids.map((id) => toDelivery(id)), position: 1, mostWaiting });
  const listDue = (perEndpoint = 100) =>
    store.listDueDeliveries({ now: startMs * 2, perEndpoint, except: [] });
  const idsOf = async (): Promise<string[]> => (await listDue()).map(({ id }) => id);

  test("above the bound the oldest are dropped, of that endpoint alone, and how many is answered", async () => {
    await store.queueDeliveries({
      deliveries: [toDelivery("other", "https://b.example/")],
      position: 1,
      mostWaiting: 2,
    });
    expect(await queue(["1", "2"], 2)).toEqual([]);
    expect(await queue(["3", "4", "5"], 2)).toEqual([{ url: "https://a.example/hook", dropped: 3 }]);
    expect((await idsOf()).toSorted()).toEqual(["4", "5", "other"]);
  });

  test("what was dropped is not put in again, and a retry of it that comes late does not bring it back", async () => {
    await queue(["1"], 1);
    const [first] = await listDue();
    await queue(["2"], 1);
    expect(await queue(["1"], 1)).toEqual([]);
    await store.settleDelivery({
      number: first?.number ?? 0,
      outcome: { kind: "retry", nextAt: startMs },
      at: startMs,
    });
    expect(await idsOf()).toEqual(["2"]);
    await store.settleDelivery({
      number: (await listDue())[0]?.number ?? 0,
      outcome: { kind: "done" },
      at: 1,
    });
    expect(await store.readNextDelivery()).toBeNull();
    expect(await queue(["1", "2"], 5)).toEqual([]);
    expect(await idsOf()).toEqual([]);
  });

  test("what is delivered makes room", async () => {
    await queue(["1", "2"], 2);
    for (const { number } of await listDue()) {
      await store.settleDelivery({ number, outcome: { kind: "done" }, at: startMs });
    }
    expect(await queue(["3", "4"], 2)).toEqual([]);
    expect(await idsOf()).toEqual(["3", "4"]);
  });
});
