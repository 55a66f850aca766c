import { groupBy } from "../group-by.ts";
import { type Plan, parseTask } from "../model/plan.ts";
import { type Breach, toBreaches } from "./breach.ts";
import type { Evidence, SeenSession } from "./evidence.ts";

const ends = new Set(["completed", "failed", "cancelled", "timed_out", "interrupted"]);

/** P1: whatever was answered 2xx is there, once, under the id that was given. */
export function findLost(evidence: Evidence): Breach[] {
  const known = new Set(evidence.sessions.map(({ id }) => id));
  const lost = evidence.acceptedIds.filter((id) => !known.has(id));
  const counts = [...evidence.planById.keys()].map(
    (id) => [id, evidence.sessionsByPlan.get(id)?.length ?? 0] as const,
  );
  const isTop = new Set(evidence.plans.map(({ id }) => id));
  const wrong = counts.filter(([id, count]) => count > 1 || (count === 0 && isTop.has(id)));
  return [
    ...toBreaches("accepted sessions lost", lost),
    ...toBreaches(
      "a plan is one session",
      wrong.map(([id, count]) => `${id}: ${count} sessions`),
    ),
  ];
}

/** P1, P5: every session ends, in the way that is expected of it, and its parent is told once. */
export function findUnended(
  evidence: Evidence,
  isExpected: (session: SeenSession, plan: Plan | undefined) => boolean,
): Breach[] {
  const living = evidence.sessions.filter(({ status }) => !ends.has(status));
  const wrong = evidence.sessions.filter(
    (session) => ends.has(session.status) && !isExpected(session, findPlan(evidence, session)),
  );
  const results = groupBy(evidence.rows.results, ({ sender }) => sender);
  const untold = evidence.sessions.filter((session) => {
    const told = results.get(session.id) ?? [];
    return told.length !== 1 || told[0]?.addressee !== (session.parent_id ?? session.batch_id);
  });
  return [
    ...toBreaches("every accepted session ends", living.map(describe)),
    ...toBreaches("it ends as its plan says", wrong.map(describe)),
    ...toBreaches(
      "one result message to the right addressee",
      untold.map((session) => `${describe(session)}: ${results.get(session.id)?.length ?? 0} messages`),
    ),
  ];
}

/** The journal of each session: no gap, one end, and nothing after it; the database as a whole is sound. */
export function findBrokenHistory(evidence: Evidence): Breach[] {
  const journals = groupBy(evidence.rows.journal, ({ sessionId }) => sessionId);
  const broken = [...journals].flatMap(([id, entries]) => {
    const gap = entries.find((entry, index) => entry.seq !== index + 1);
    const endAt = entries.findIndex(({ type }) => type === "session-end");
    if (gap !== undefined) return [`${id}: a gap at ${gap.seq}`];
    return endAt === entries.length - 1 ? [] : [`${id}: its end stands at ${endAt + 1} of ${entries.length}`];
  });
  const { integrity } = evidence.rows;
  return [
    ...toBreaches("the journal has no gap and one end", broken),
    ...toBreaches("the database is sound", integrity === "ok" ? [] : [integrity]),
    ...toBreaches("the history is valid for the provider", evidence.violations),
  ];
}

function findPlan(evidence: Evidence, { task }: SeenSession): Plan | undefined {
  return evidence.planById.get(parseTask(task)?.id ?? "");
}

function describe({ id, status, reason, error }: SeenSession): string {
  return `${id.slice(0, 8)} ${status} (${reason ?? "no reason"}) ${error?.detail ?? ""}`.trim();
}
