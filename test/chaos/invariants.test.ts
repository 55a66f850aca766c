import { expect, test } from "vitest";
import type { Evidence } from "./invariants/evidence.ts";
import { findBreaches } from "./invariants/find-breaches.ts";
import { type Plan, toTask, toTurnUsage } from "./model/plan.ts";

const plan: Plan = { id: "p", steps: ["bash", "edit"], delayMs: 0 };
const sessionId = "11111111-1111-4111-8111-111111111111";

/** A round in which everything went right; each test breaks one thing of it. */
function createEvidence(): Evidence {
  const turns = [0, 1, 2];
  const session: Evidence["sessions"][number] = {
    id: sessionId,
    task: toTask(plan),
    status: "completed",
    reason: "end-turn",
    parent_id: null,
    batch_id: "b",
    created_at: "",
    ended_at: "",
    turns: 3,
    usage: {
      input_tokens: turns.reduce((sum, turn) => sum + toTurnUsage(turn).inputTokens, 0),
      output_tokens: turns.reduce((sum, turn) => sum + toTurnUsage(turn).outputTokens, 0),
    },
    result: { text: "done p" },
    error: null,
  };
  const calls = turns.map((turn): Evidence["calls"][number] => ({
    planId: "p",
    turn,
    startedAt: turn * 100,
    endedAt: turn * 100 + 50,
    outcome: "answered",
    toolResults: turn === 0 ? [] : [{ text: "(no output)", isError: false }],
  }));
  return {
    plans: [plan],
    planById: new Map([["p", plan]]),
    acceptedIds: [sessionId],
    sessions: [session],
    sessionsByPlan: new Map([["p", [session]]]),
    calls,
    callsByPlan: new Map([["p", calls]]),
    given: { calls: 3, inputTokens: 0, outputTokens: 0 },
    violations: [],
    effects: new Map([["p/0", 1]]),
    files: new Map([["p", "start\nline 1\nend of file\n"]]),
    rows: {
      integrity: "ok",
      ledger: turns.map((turn) => ({
        sessionId,
        turn: turn + 1,
        at: turn * 100 + 60,
        input: toTurnUsage(turn).inputTokens,
        output: toTurnUsage(turn).outputTokens,
        costMicroUsd: 1,
        possiblyBilled: false,
      })),
      results: [{ id: "r", sender: sessionId, addressee: "b" }],
      journal: [
        ...turns.map((turn) => ({
          sessionId,
          seq: turn + 1,
          at: turn * 100 + 60,
          type: "turn-end",
          turn: turn + 1,
        })),
        { sessionId, seq: 4, at: 300, type: "session-end", turn: null },
      ],
    },
    cost: { calls: 3, possibly_billed_calls: 0, usage: session.usage },
    deaths: [],
  };
}

test("a round in which everything went right breaks nothing", () => {
  expect(findBreaches(createEvidence())).toEqual([]);
});

const faults: [fault: string, invariant: string, spoil: (evidence: Evidence) => void][] = [
  ["an accepted id that nobody knows", "accepted sessions lost", (all) => void all.acceptedIds.push("lost")],
  [
    "a plan that became two sessions",
    "a plan is one session",
    (all) => void all.sessionsByPlan.get("p")?.push(...all.sessions),
  ],
  [
    "a session that stands still",
    "every accepted session ends",
    (all) => Object.assign(all.sessions[0] ?? {}, { status: "queued" }),
  ],
  [
    "a session that failed",
    "it ends as its plan says",
    (all) => Object.assign(all.sessions[0] ?? {}, { status: "failed" }),
  ],
  [
    "an end that nobody was told of",
    "one result message to the right addressee",
    (all) => void all.rows.results.pop(),
  ],
  [
    "a hole in the journal",
    "the journal has no gap and one end",
    (all) => void all.rows.journal.splice(1, 1),
  ],
  ["a damaged database", "the database is sound", (all) => void (all.rows.integrity = "row 3 missing")],
  [
    "a history that the provider refuses",
    "the history is valid for the provider",
    (all) => void all.violations.push("request 1"),
  ],
  [
    "a turn that is asked again after its end",
    "finished turns paid twice",
    (all) => Object.assign(all.calls[0] ?? {}, { startedAt: 70 }),
  ],
  [
    "a turn that is booked twice",
    "a turn is booked once",
    (all) => void all.rows.ledger.push(...all.rows.ledger.slice(0, 1)),
  ],
  [
    "a call made again without a death",
    "turns redone per session and death ≤ 1",
    (all) => void all.calls.push(...all.calls.slice(0, 1)),
  ],
  [
    "tokens that nobody gave",
    "a booked turn was given whole, for its tokens",
    (all) => Object.assign(all.rows.ledger[0] ?? {}, { input: 1 }),
  ],
  [
    "an answer that no row tells of",
    "what was given and not booked is possibly billed",
    (all) => void all.rows.ledger.pop(),
  ],
  [
    "a sum that is not that of the rows",
    "the shown usage is the ledger's",
    (all) => void (all.cost.usage = { input_tokens: 1, output_tokens: 1 }),
  ],
  ["a command that ran twice", "effects doubled", (all) => void all.effects.set("p/0", 2)],
  ["an edit that was made twice", "effects doubled", (all) => void all.files.set("p", "line 1\nline 1\n")],
  [
    "an effect that is told and has not happened",
    "an effect that was told as done has happened",
    (all) => all.effects.clear(),
  ],
  [
    "an effect that nobody asked for",
    "no effect but the planned ones",
    (all) => void all.effects.set("stray", 1),
  ],
];

test.each(faults)("%s breaks: %s", (_fault, invariant, spoil) => {
  const evidence = createEvidence();
  spoil(evidence);
  expect(findBreaches(evidence).map((breach) => breach.invariant)).toContain(invariant);
});
