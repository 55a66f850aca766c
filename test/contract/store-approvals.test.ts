import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/core/journal.ts";
import type { NewAnswer } from "../../src/store/approvals.ts";
import type { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { breakPage, pagesOf } from "../support/store-damage.ts";
import type { StoreFolder } from "../support/store-fixture.ts";
import {
  acceptOne,
  createStoreFolder,
  implementations,
  newSettle,
  newWrite,
  startMs,
} from "../support/store-fixture.ts";

const untilMs = startMs + 1_000;

function toAsk(number: number): JournalEvent {
  return {
    type: "approval-ask",
    number,
    toolCallId: `call-${number}`,
    tool: "bash",
    realPath: "",
    sha256: "f".repeat(64),
    reason: "needs approval",
    text: "bash\ncommand: make",
    sizeBytes: 18,
    untilMs,
    waitMs: 1_000,
    rules: [{ kind: "command", argv: ["make"] }],
  };
}

function toAnswer(sessionId: string, given: Partial<NewAnswer> = {}): NewAnswer {
  const answer = { verdict: "allow" as const, by: "person", text: null, key: null, rules: [] };
  return { sessionId, number: 1, at: startMs + 10, ...answer, ...given };
}

describe.each(implementations)("approvals of the store $name", ({ open }) => {
  let folder: StoreFolder;
  let store: SqliteStore;
  let id: string;

  beforeEach(async () => {
    folder = createStoreFolder(open);
    store = await folder.open();
    ({ id } = await acceptOne(store));
    await store.write(newWrite(id, { events: [toAsk(1), toAsk(2)] }));
  });
  afterEach(() => folder.clear());

  test("an ask in the journal is listed, in pages, until it is answered; the answer is journalled", async () => {
    const page = await store.listApprovals({ openOnly: true, limit: 1 });
    expect(page.approvals).toMatchObject([
      { sessionId: id, number: 1, status: "open", cwd: "/srv/project", askedAt: startMs, answer: null },
    ]);
    const rest = await store.listApprovals({ openOnly: true, limit: 1, cursor: page.nextCursor ?? "" });
    expect(rest).toMatchObject({ approvals: [{ number: 2 }], nextCursor: null });
    const outcome = await store.answerApproval(toAnswer(id, { text: "fine" }));
    expect(outcome).toMatchObject({
      kind: "answered",
      approval: { status: "allowed", answeredAt: startMs + 10 },
    });
    const journal = await store.readJournal({ sessionId: id, afterSeq: 0, limit: 10 });
    expect(journal.at(-1)).toMatchObject({
      seq: 4,
      event: { type: "approval-answer", number: 1, verdict: "allow", by: "person", text: "fine" },
    });
    expect((await store.getSession(id))?.lastSeq).toBe(4);
    expect((await store.listApprovals({ openOnly: true, limit: 9, sessionId: id })).approvals).toHaveLength(
      1,
    );
  });

  test("of many answers at once exactly one is written; its own key may come again", async () => {
    const given = Array.from({ length: 20 }, (_, at) =>
      toAnswer(id, { key: `k${at}`, verdict: at % 2 === 0 ? "deny" : "allow" }),
    );
    const outcomes = await Promise.all(given.map((answer) => store.answerApproval(answer)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["answered", ...Array(19).fill("closed")]);
    expect(await store.answerApproval(toAnswer(id, { key: "k0", verdict: "deny" }))).toMatchObject({
      kind: "repeated",
    });
    expect(await store.answerApproval(toAnswer(id, { key: "k0" }))).toMatchObject({ kind: "closed" });
    const journal = await store.readJournal({ sessionId: id, afterSeq: 3, limit: 10 });
    expect(journal).toHaveLength(1);
  });

  test("after its time only the clock answers, and after the session's end nobody", async () => {
    expect(await store.answerApproval(toAnswer(id, { at: untilMs }))).toMatchObject({
      kind: "closed",
      approval: { status: "open" },
    });
    const byClock = toAnswer(id, { at: untilMs, by: "deadline", verdict: "deny" });
    expect(await store.answerApproval(byClock)).toMatchObject({ approval: { status: "expired" } });
    await store.write(newSettle(id));
    expect(await store.answerApproval(toAnswer(id, { number: 2 }))).toMatchObject({
      kind: "ended",
      approval: { status: "closed" },
    });
    expect(await store.answerApproval(toAnswer(id, { number: 3 }))).toEqual({ kind: "unknown" });
    expect(await store.answerApproval(toAnswer(crypto.randomUUID()))).toEqual({ kind: "unknown" });
  });

  test("an ask that its agent withdraws is closed, and no answer counts after that", async () => {
    await store.write(newWrite(id, { events: [{ type: "approval-withdraw", number: 1 }] }));
    const { approvals } = await store.listApprovals({ openOnly: true, limit: 9, sessionId: id });
    expect(approvals.map(({ number }) => number)).toEqual([2]);
    expect(await store.answerApproval(toAnswer(id))).toMatchObject({
      kind: "closed",
      approval: { status: "closed", answer: null },
    });
    expect(await store.answerApproval(toAnswer(id, { by: "deadline", verdict: "deny" }))).toMatchObject({
      kind: "closed",
    });
  });

  test("asks and rules newer than the backup come out of a damaged database", async () => {
    await store.backUp();
    const late = await acceptOne(store);
    await store.write(newWrite(late.id, { events: [toAsk(1)] }));
    await store.answerApproval(toAnswer(id, { rules: [{ kind: "command", argv: ["make"] }] }));
    await store.close();
    const database = new DatabaseSync(folder.databasePath);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    breakPage(folder.databasePath, pagesOf(folder.databasePath, "limits")[0] ?? 0);
    store = await folder.open();
    expect(store.healed).not.toBeNull();
    const { approvals } = await store.listApprovals({ openOnly: false, limit: 10 });
    const seen = approvals.map(({ sessionId, number, status }) => `${sessionId} ${number} ${status}`);
    expect(seen.toSorted()).toEqual([`${id} 1 allowed`, `${id} 2 open`, `${late.id} 1 open`].toSorted());
    expect(await store.listRules()).toHaveLength(1);
  });

  test("a rule comes with the answer that wins, once, and outlives its session's daemon", async () => {
    const rules = [{ kind: "command" as const, argv: ["make"] }];
    await store.answerApproval(toAnswer(id, { rules }));
    await store.answerApproval(toAnswer(id, { rules: [{ kind: "command", argv: ["rm", "-rf", "/"] }] }));
    await store.answerApproval(toAnswer(id, { number: 2, rules }));
    await store.close();
    store = await folder.open();
    const known = await store.listRules();
    expect(known).toMatchObject([{ workspace: "/srv/project", rule: rules[0], sessionId: id }]);
    expect(await store.deleteRule(known[0]?.id ?? "")).toBe(true);
    expect(await store.deleteRule(known[0]?.id ?? "")).toBe(false);
    expect(await store.listRules()).toEqual([]);
  });
});
