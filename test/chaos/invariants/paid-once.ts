import { groupBy } from "../group-by.ts";
import type { SeenCall } from "../arena/model-link.ts";
import { toTurnUsage } from "../model/plan.ts";
import { type Breach, toBreaches } from "./breach.ts";
import type { Evidence, SeenCost } from "./evidence.ts";

// On a busy machine the model reads a request some time after the daemon that sent it has died.
const readLagMs = 500;

/** P2: once a turn's end is on record, its call is never made again. */
export function findPaidTwice(evidence: Evidence): Breach[] {
  const ends = toTurnEnds(evidence);
  const again = evidence.calls.filter((call) => {
    const endedAt = ends.get(toKey(call.planId, call.turn));
    return endedAt !== undefined && call.startedAt > endedAt;
  });
  return toBreaches(
    "finished turns paid twice",
    again.map(({ planId, turn }) => `${planId} turn ${turn}: asked again after its end`),
  );
}

/** P2: each turn is booked once, whatever was asked how often. */
export function findBookedTwice(evidence: Evidence): Breach[] {
  const planOf = toPlanIds(evidence);
  const booked = groupBy(
    listWholeRows(evidence),
    ({ sessionId, turn }) => `${planOf.get(sessionId) ?? sessionId} session ${sessionId} turn ${turn - 1}`,
  );
  const twice = [...booked].filter(([, rows]) => rows.length > 1);
  return toBreaches(
    "a turn is booked once",
    twice.map(([key, rows]) => `${key}: ${rows.length} rows`),
  );
}

/**
 * P3: a call is made again only if a daemon died in between; as the calls of a session follow each
 * other, that makes at most one repeated turn per session and death.
 */
export function findIdleRepeats(evidence: Evidence): Breach[] {
  const deaths = evidence.deaths.toSorted((a, b) => a - b);
  const idle = [...groupByTurn(evidence.calls)].flatMap(([key, calls]) =>
    calls.flatMap((call, index) => {
      const before = calls[index - 1];
      if (before === undefined) return [];
      // What the model itself refused or broke off is asked again by right.
      const wasRefused = before.outcome === "refused" || before.outcome === "broken-off";
      const hasDied = deaths.some((at) => at >= before.startedAt - readLagMs && at <= call.startedAt);
      return wasRefused || hasDied ? [] : [`${key}: asked again without a death in between`];
    }),
  );
  return toBreaches("turns redone per session and death ≤ 1", idle);
}

/**
 * The ledger against the model's own account: a booked turn was given whole, for exactly its tokens;
 * and whatever was given whole and not booked is on record as possibly billed.
 */
export function findUnbooked(evidence: Evidence): Breach[] {
  const rows = listWholeRows(evidence);
  const planOf = toPlanIds(evidence);
  const given = countGiven(evidence.calls);
  const ungiven = rows.filter((row) => {
    const usage = toTurnUsage(row.turn - 1);
    const isRight = row.input === usage.inputTokens && row.output === usage.outputTokens;
    return !isRight || (given.get(toKey(planOf.get(row.sessionId) ?? "", row.turn - 1)) ?? 0) === 0;
  });
  const silent = evidence.sessions.filter((session) => {
    const calls = evidence.callsByPlan.get(planOf.get(session.id) ?? "") ?? [];
    const answered = calls.filter(({ outcome }) => outcome === "answered").length;
    return answered > evidence.rows.ledger.filter((row) => row.sessionId === session.id).length;
  });
  return [
    ...toBreaches(
      "a booked turn was given whole, for its tokens",
      ungiven.map((row) => `${row.sessionId} turn ${row.turn}`),
    ),
    ...toBreaches(
      "what was given and not booked is possibly billed",
      silent.map(({ id }) => id),
    ),
    ...findWrongSums(evidence),
  ];
}

/** The public sums are those of the rows, per session and over all. */
function findWrongSums({ rows, sessions, cost }: Evidence): Breach[] {
  const bySession = groupBy(rows.ledger, ({ sessionId }) => sessionId);
  const pairs = [
    ...sessions.map(({ id, usage }) => ({ what: id, shown: usage, rows: bySession.get(id) ?? [] })),
    { what: "all", shown: cost.usage, rows: rows.ledger },
  ];
  const wrong = pairs.filter((pair) => toText(pair.shown) !== toText(sumRows(pair.rows)));
  return toBreaches(
    "the shown usage is the ledger's",
    wrong.map((pair) => `${pair.what}: ${toText(pair.shown)}, its rows ${toText(sumRows(pair.rows))}`),
  );
}

function sumRows(rows: Evidence["rows"]["ledger"]): SeenCost["usage"] {
  return {
    input_tokens: rows.reduce((total, row) => total + row.input, 0),
    output_tokens: rows.reduce((total, row) => total + row.output, 0),
  };
}

function toText(usage: SeenCost["usage"]): string {
  return `${usage.input_tokens} in, ${usage.output_tokens} out`;
}

/** Whole answers of the model that no turn-end came of: lost with a daemon, or with a connection. */
export function countLostAnswers(evidence: Evidence): number {
  return (
    evidence.calls.filter(({ outcome }) => outcome === "answered").length - listWholeRows(evidence).length
  );
}

/** When the end of a turn went on record, by plan and turn. */
function toTurnEnds(evidence: Evidence): Map<string, number> {
  const planOf = toPlanIds(evidence);
  const ends = evidence.rows.journal.filter(({ type }) => type === "turn-end");
  return new Map(
    ends.map(({ sessionId, turn, at }) => [toKey(planOf.get(sessionId) ?? "", (turn ?? 0) - 1), at]),
  );
}

function toPlanIds(evidence: Evidence): Map<string, string> {
  return new Map(
    [...evidence.sessionsByPlan].flatMap(([planId, sessions]) => sessions.map(({ id }) => [id, planId])),
  );
}

function listWholeRows({ rows }: Evidence): Evidence["rows"]["ledger"] {
  return rows.ledger.filter(({ possiblyBilled }) => !possiblyBilled);
}

function groupByTurn(calls: readonly SeenCall[]): Map<string, SeenCall[]> {
  return groupBy(calls, ({ planId, turn }) => toKey(planId, turn));
}

function countGiven(calls: readonly SeenCall[]): Map<string, number> {
  const whole = calls.filter(({ outcome }) => outcome === "answered");
  return new Map([...groupByTurn(whole)].map(([key, list]) => [key, list.length]));
}

function toKey(planId: string, turn: number): string {
  return `${planId}/${turn}`;
}
