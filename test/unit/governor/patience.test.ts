import { expect, test } from "vitest";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import type { SessionFault } from "../../../src/core/session.ts";
import { findOwnFault, toPatientUntil } from "../../../src/providers/governor/patience.ts";
import { readWaitFault, toFaultWait, toLineWait } from "../../../src/providers/governor/wait-text.ts";

const hourMs = 3_600_000;
const overloaded: SessionFault = { code: "overloaded", detail: "busy" };
const network: SessionFault = { code: "network", detail: "refused" };

function journalOf(...events: [at: number, event: JournalEvent][]): JournalEntry[] {
  return events.map(([at, event], index) => ({ sessionId: "s", seq: index + 1, at, event }));
}

function failed(error: SessionFault): JournalEvent {
  const event = { type: "turn-fail", turn: 1, error, partialText: "", possiblyBilled: false } as const;
  return { ...event, reservedMicroUsd: 0, retryAt: 0 };
}

function waited(code: string): JournalEvent {
  return { type: "wait-start", wait: toFaultWait(0, { code, status: null }, "acme is given a rest") };
}

const inLine: JournalEvent = { type: "wait-start", wait: toLineWait(0, "5 calls at once") };
const resumed: JournalEvent = { type: "wait-end" };

function ask(
  journal: JournalEntry[],
  more: { nowMs: number; untilMs: number; fault: SessionFault; turns?: number },
): number | null {
  return toPatientUntil({ journal, turns: 0, faultPatienceMs: 60_000, ...more });
}

test("a cool-down is waited for six hours from the first one, whoever's call it was", () => {
  const journal = journalOf([0, waited("overloaded")], [1, resumed], [hourMs, waited("rate-limited")]);
  const nowMs = 5 * hourMs;
  expect(ask(journal, { nowMs, untilMs: 6 * hourMs, fault: overloaded })).toBe(6 * hourMs);
  expect(ask(journal, { nowMs, untilMs: 6 * hourMs + 1, fault: overloaded })).toBeNull();
});

test("a provider's own time beyond six hours is not waited for at all", () => {
  const quota = { code: "quota", detail: "" };
  expect(ask([], { nowMs: 0, untilMs: 7 * hourMs, fault: quota })).toBeNull();
  expect(ask([], { nowMs: 0, untilMs: 5 * hourMs, fault: quota })).toBe(5 * hourMs);
});

test("another fault has a minute, and the last try is made at its end", () => {
  const journal = journalOf([10_000, failed(network)], [10_000, waited("network")]);
  expect(ask(journal, { nowMs: 20_000, untilMs: 40_000, fault: network })).toBe(40_000);
  expect(ask(journal, { nowMs: 20_000, untilMs: 90_000, fault: network })).toBe(70_000);
  expect(ask(journal, { nowMs: 70_000, untilMs: 90_000, fault: network })).toBeNull();
});

test("in a wall of 529 a single 500 does not end the session", () => {
  const journal = journalOf(
    [0, failed(overloaded)],
    [1, waited("overloaded")],
    [600_000, failed(overloaded)],
  );
  expect(ask(journal, { nowMs: 610_000, untilMs: 611_000, fault: network })).toBe(611_000);
  const later = [...journal, ...journalOf([610_000, failed(network)])];
  expect(ask(later, { nowMs: 670_000, untilMs: 671_000, fault: network })).toBeNull();
});

test("waiting in line is no cool-down, but does not forgive the session's own failures", () => {
  const others = journalOf([0, waited("overloaded")], [hourMs, inLine], [5 * hourMs, waited("overloaded")]);
  expect(ask(others, { nowMs: 7 * hourMs, untilMs: 8 * hourMs, fault: overloaded })).toBe(8 * hourMs);
  const own = journalOf([0, failed(overloaded)], [hourMs, inLine]);
  expect(ask(own, { nowMs: 7 * hourMs, untilMs: 8 * hourMs, fault: overloaded })).toBeNull();
});

test("a turn that came to an end forgives what was before it, in the journal and since", () => {
  const turnEnd = { type: "turn-end", turn: 1 } as JournalEvent;
  const before = journalOf([0, failed(network)], [1, turnEnd], [2, resumed]);
  expect(ask(before, { nowMs: hourMs, untilMs: hourMs + 1, fault: network, turns: 1 })).toBe(hourMs + 1);
  const stale = journalOf([0, failed(network)]);
  expect(ask(stale, { nowMs: hourMs, untilMs: hourMs + 1, fault: network, turns: 1 })).toBe(hourMs + 1);
});

test("the last own fault is found, and a call that a restart cut off is none", () => {
  const interrupted = { code: "interrupted", detail: "" };
  const journal = journalOf([0, failed(network)], [1, failed(interrupted)], [2, waited("overloaded")]);
  expect(findOwnFault(journal, 0)).toEqual(network);
  expect(findOwnFault([], 0)).toBeNull();
  expect(ask(journalOf([0, failed(interrupted)]), { nowMs: hourMs, untilMs: hourMs, fault: network })).toBe(
    hourMs,
  );
});

test("a wait says which fault it is for, also when read back; other waits say none", () => {
  const wait = toFaultWait(5, { code: "overloaded", status: 529 }, "acme is given a rest");
  expect(wait.detail).toBe("overloaded (HTTP 529): acme is given a rest");
  expect(readWaitFault(wait)).toEqual({ code: "overloaded", detail: wait.detail });
  expect(readWaitFault(toLineWait(5, "overloaded: 1"))).toBeNull();
  expect(readWaitFault({ on: "cool-down", untilMs: 5, detail: "batch: $1.00 is set aside." })).toBeNull();
  expect(readWaitFault({ on: "message" })).toBeNull();
});
