import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noBudget } from "../../src/core/budget.ts";
import { createFixedClock } from "../../src/core/clock.ts";
import type { Message } from "../../src/core/message.ts";
import type { SessionSpec } from "../../src/core/session.ts";
import { openInProcessStore } from "../../src/store/sqlite/open-in-process-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { ModelCall } from "../../src/store/costs.ts";
import type { NewBatch, SessionWrite } from "../../src/store/store.ts";

export const startMs = Date.UTC(2026, 10, 21, 12);

/** Every implementation that has to pass the contract. */
export const implementations = [
  { name: "in a worker", open: openSqliteStore },
  { name: "in process", open: openInProcessStore },
] as const;

export type OpenStore = (typeof implementations)[number]["open"];

/** A state folder of its own, the clock of its stores, and every store opened in it. */
export interface StoreFolder {
  path: string;
  databasePath: string;
  clock: ReturnType<typeof createFixedClock>;
  open(limits?: { maxSizeBytes: number }): Promise<SqliteStore>;
  clear(): Promise<void>;
}

export function createStoreFolder(openStore: OpenStore): StoreFolder {
  const path = mkdtempSync(join(tmpdir(), "profclaw-store-"));
  const databasePath = join(path, "state", "profclaw.db");
  const clock = createFixedClock(startMs);
  const opened: SqliteStore[] = [];
  return {
    path,
    databasePath,
    clock,
    async open(limits) {
      const artifactsPath = join(path, "state", "artifacts");
      const store = await openStore({ path: databasePath, artifactsPath, clock, ...limits });
      opened.push(store);
      return store;
    },
    async clear() {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function newSpec(given: Partial<SessionSpec> = {}): SessionSpec {
  const batchId = given.batchId ?? crypto.randomUUID();
  return {
    id: crypto.randomUUID(),
    batchId,
    parentId: null,
    rootId: batchId,
    depth: 0,
    task: "Count the files",
    name: null,
    agent: "builtin",
    provider: "groq",
    model: "llama-3.3-70b-versatile",
    requestedModel: "llama-3.3-70b",
    role: null,
    stance: null,
    projectNotes: null,
    tools: ["read_file", "grep"],
    toolsNamed: true,
    permissionMode: "auto",
    grants: { reads: "yes", writes: "yes", testRun: "asks", bash: "list", network: "list", rest: "asks" },
    cwd: "/srv/project",
    path: null,
    timeoutMs: 300_000,
    maxTurns: 50,
    maxOutputTokens: 8_192,
    budget: noBudget,
    sharedBudgets: [],
    effort: null,
    schema: null,
    appendSystem: null,
    labels: {},
    priority: 0,
    createdAt: startMs,
    ...given,
  };
}

/** A batch of `count` sessions that differ only in their ids, unless `given` says more. */
export function newBatch(count = 1, given: Partial<SessionSpec> = {}): NewBatch {
  const batchId = given.batchId ?? crypto.randomUUID();
  const createdAt = given.createdAt ?? startMs;
  return {
    id: batchId,
    parentId: given.parentId ?? null,
    createdAt,
    budget: noBudget,
    sessions: Array.from({ length: count }, () => newSpec({ ...given, batchId })),
    idempotency: null,
  };
}

export function newWrite(sessionId: string, given: Partial<SessionWrite> = {}): SessionWrite {
  return {
    sessionId,
    at: startMs,
    events: [],
    patch: {},
    calls: [],
    messages: [],
    ackMessageIds: [],
    onlyWithoutMail: false,
    ...given,
  };
}

export function newCall(given: Partial<ModelCall> = {}): ModelCall {
  return {
    turn: 1,
    provider: "groq",
    model: "llama-3.3-70b-versatile",
    usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 7, cacheWriteTokens: 3 },
    costMicroUsd: 1_234,
    price: { source: "genai-prices", model: "llama", inputUsdPerMillion: 0.59, outputUsdPerMillion: 0.79 },
    possiblyBilled: false,
    reservedMicroUsd: 0,
    reservedTokens: 0,
    ...given,
  };
}

export function newMessage(given: Partial<Message> & Pick<Message, "to">): Message {
  return {
    id: crypto.randomUUID(),
    kind: "whisper",
    delivery: "steer",
    from: crypto.randomUUID(),
    content: "hello",
    createdAt: startMs,
    ackedAt: null,
    ...given,
  };
}

/** What settles a session: the final state, and the event that says so. */
export function newSettle(sessionId: string, given: Partial<SessionWrite> = {}): SessionWrite {
  const result = { text: "Seven files.", truncated: false, artifacts: [] };
  return newWrite(sessionId, {
    events: [{ type: "session-end", end: { status: "completed", reason: "end-turn", result } }],
    patch: { status: "completed", reason: "end-turn", endedAt: startMs + 5_000, result },
    ...given,
  });
}

/** Accepts a batch of one and answers its spec. */
export async function acceptOne(store: SqliteStore, given: Partial<SessionSpec> = {}): Promise<SessionSpec> {
  const batch = newBatch(1, given);
  await store.acceptBatch(batch);
  const [spec] = batch.sessions;
  if (spec === undefined) throw new Error("A batch of one has no session.");
  return spec;
}
