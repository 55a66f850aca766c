import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/core/clock.ts";
import type { WebhookTarget } from "../../../src/core/webhook.ts";
import { createHub } from "../../../src/engine/hub.ts";
import { startWebhooks } from "../../../src/engine/webhooks/start-webhooks.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import type { SqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import { until } from "../../support/e2e/until.ts";
import { type StoreFolder, createStoreFolder, newBatch, newSettle } from "../../support/store-fixture.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../../support/webhook-receiver.ts";

let folder: StoreFolder;
let store: SqliteStore;
let logs: string[];

beforeEach(async () => {
  folder = createStoreFolder((options) => openSqliteStore({ ...options, clock: systemClock }));
  store = await folder.open();
  logs = [];
});
afterEach(() => folder.clear());

function toTarget({ url, secret }: WebhookReceiver, given: Partial<WebhookTarget> = {}): WebhookTarget {
  return { url, secret, events: null, mayBePrivate: true, ...given };
}

const log = (text: string): void => void logs.push(text);

function start(targets: WebhookTarget[], retriesMs = [50, 50, 50], mostWaiting = 1_000): AsyncDisposable {
  return startWebhooks({
    store,
    hub: createHub(),
    clock: systemClock,
    random: () => 0,
    targets,
    log,
    retriesMs,
    mostWaiting,
  });
}

/** A batch whose sessions end at once. */
async function endBatch(count: number, webhook?: WebhookTarget): Promise<string> {
  const batch = {
    ...newBatch(count, { task: "the secret task" }),
    ...(webhook === undefined ? {} : { webhook }),
  };
  await store.acceptBatch(batch);
  for (const { id } of batch.sessions) await store.write(newSettle(id));
  return batch.id;
}

const typesOf = ({ attempts }: WebhookReceiver): string[] =>
  attempts.map(({ event }) => event.type).toSorted();

async function untilCount(receiver: WebhookReceiver, count: number): Promise<void> {
  await until(
    () => receiver.attempts.length,
    (seen) => seen >= count,
    5_000,
  );
}

test("every end of a session and of the batch is told once, signed, without what was said", async () => {
  await using receiver = await startWebhookReceiver();
  const id = await endBatch(2);
  await using _sending = start([toTarget(receiver)]);
  await untilCount(receiver, 3);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(typesOf(receiver)).toEqual(["batch.ended", "session.completed", "session.completed"]);
  expect(new Set(receiver.attempts.map((attempt) => attempt.id)).size).toBe(3);
  const told = receiver.attempts.find(({ event }) => event.type === "session.completed")?.event;
  expect(told?.data).toMatchObject({
    batch_id: id,
    status: "completed",
    reason: "end-turn",
    cost_usd: "0.00",
  });
  expect(receiver.attempts.map(({ text }) => text).join()).not.toMatch(/secret task|Seven files/);
});

test("an attempt that fails comes again under the same id, and is given up in the end", async () => {
  await using receiver = await startWebhookReceiver((_, count) => (count < 3 ? 503 : 204));
  await using broken = await startWebhookReceiver(() => 302);
  await endBatch(1);
  const only = { events: ["batch.ended" as const] };
  await using _sending = start([toTarget(receiver, only), toTarget(broken, only)]);
  await untilCount(receiver, 3);
  await untilCount(broken, 4);
  await until(
    () => logs.length,
    (count) => count > 0,
    3_000,
  );
  expect(new Set(receiver.attempts.map(({ id }) => id)).size).toBe(1);
  expect(receiver.attempts).toHaveLength(3);
  expect(broken.attempts).toHaveLength(4);
  expect(logs.join()).toMatch(/gave up on 127\.0\.0\.1:\d+ \(answered 302\)/);
  expect(await store.readNextDelivery()).toBeNull();
});

test("an endpoint that never answers does not delay the others, nor the end", async () => {
  await using dead = await startWebhookReceiver(() => null);
  await using alive = await startWebhookReceiver();
  await endBatch(20);
  const sending = start([toTarget(dead), toTarget(alive)]);
  await untilCount(alive, 21);
  expect(dead.attempts.length).toBeLessThanOrEqual(2);
  const startedAt = performance.now();
  await sending[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test("what was not told goes out after a restart; what was told does not", async () => {
  await using receiver = await startWebhookReceiver((attempt) =>
    attempt.event.type === "batch.ended" ? 500 : 200,
  );
  await endBatch(1);
  const before = start([toTarget(receiver)], [200, 200, 200, 200, 200]);
  await untilCount(receiver, 2);
  await before[Symbol.asyncDispose]();
  store = await folder.open();
  await using _after = start([toTarget(receiver)], [200, 200, 200, 200, 200]);
  await untilCount(receiver, 4);
  const ended = receiver.attempts.filter(({ event }) => event.type === "session.completed");
  expect(ended).toHaveLength(1);
});

test("an endpoint that is dead for long keeps its newest deliveries, and what was dropped is counted in the log", async () => {
  await using receiver = await startWebhookReceiver((_, count) => (count <= 2 ? 503 : 200));
  const target = toTarget(receiver, { events: ["batch.ended"] });
  const ids: string[] = [];
  for (let at = 0; at < 9; at += 1) ids.push(await endBatch(1));
  const sending = start([target], [400, 400], 3);
  await untilCount(receiver, 5);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await sending[Symbol.asyncDispose]();
  const told = new Set(receiver.attempts.map(({ event }) => (event.data as { id: string }).id));
  expect([...told].toSorted()).toEqual(ids.slice(-3).toSorted());
  expect(logs.join()).toMatch(/6 of the oldest for 127\.0\.0\.1:\d+ were dropped: more than 3 waited/);
});

test("410 turns an endpoint off, until the next start", async () => {
  await using receiver = await startWebhookReceiver((_, count) => (count === 1 ? 410 : 200));
  await endBatch(1);
  const sending = start([toTarget(receiver, { events: ["session.completed"] })]);
  await untilCount(receiver, 1);
  await until(
    () => logs.join(),
    (text) => text.includes("410"),
    3_000,
  );
  await endBatch(1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.attempts).toHaveLength(1);
  await sending[Symbol.asyncDispose]();
  await using _again = start([toTarget(receiver, { events: ["session.completed"] })]);
  await endBatch(1);
  await untilCount(receiver, 2);
});

test("a batch has a webhook of its own; without leave it reaches no inner address", async () => {
  await using receiver = await startWebhookReceiver();
  await endBatch(1, toTarget(receiver, { events: ["batch.ended"] }));
  await endBatch(1);
  const byName = receiver.url.replace("127.0.0.1", "localhost");
  await endBatch(1, { ...toTarget(receiver), mayBePrivate: false });
  await endBatch(1, { ...toTarget(receiver), url: byName, mayBePrivate: false });
  await using _sending = start([], []);
  await untilCount(receiver, 1);
  await until(
    () => logs.length,
    (count) => count >= 4,
    5_000,
  );
  expect(typesOf(receiver)).toEqual(["batch.ended"]);
  expect(logs.join("\n")).toMatch(/not a public address[^]*which is not public/);
});
