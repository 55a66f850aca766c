import type { VotedFinding } from "../core/finding.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import type { Claim } from "../core/triangulation/claim.ts";
import { toStatements } from "../core/triangulation/statements.ts";
import type { Store } from "../store/store.ts";

/** All that is consolidated, and who has said nothing. */
export interface Gathered {
  claims: Claim[];
  /** Sessions that were asked for and did not complete. */
  missing: Pick<SessionRecord, "id" | "status" | "reason">[];
  /** Who could have voted: authors, and sessions that were asked for. */
  panel: number;
}

const mostSessions = 1_000;

/** Findings of these sessions and of those below them; of one that has distilled nothing, what its result says. */
export async function gatherClaims(
  store: Store,
  findings: readonly VotedFinding[],
  sessions: readonly SessionRecord[],
): Promise<Gathered> {
  const families = await Promise.all(sessions.map((session) => listFamily(store, session)));
  const family = new Set(families.flat());
  const isTaken = await Promise.all(
    findings.map(
      async ({ author }) =>
        sessions.length === 0 || family.has(author) || (await store.getPeer(author)) !== undefined,
    ),
  );
  const taken = findings.filter((_, at) => isTaken[at]);
  const authors = new Set(taken.map(({ author }) => author));
  const silent = sessions.filter((_, at) => families[at]?.every((id) => !authors.has(id)));
  return {
    claims: [...taken.map(toClaim), ...silent.flatMap(toResultClaims)],
    missing: sessions
      .filter(({ status }) => status !== "completed")
      .map(({ id, status, reason }) => ({ id, status, reason })),
    panel: new Set([...authors, ...sessions.map(({ id }) => id)]).size,
  };
}

/** Itself and all below it. */
async function listFamily(store: Store, session: SessionRecord): Promise<string[]> {
  const page = await store.listSessions({ rootId: session.rootId, limit: mostSessions });
  const family = [session.id];
  for (const id of family) {
    family.push(...page.sessions.filter(({ parentId }) => parentId === id).map((child) => child.id));
  }
  return family;
}

function toClaim({ id, author, text, evidence, votes, createdAt }: VotedFinding): Claim {
  return { ref: id, kind: "finding", author, text, evidence, votes, at: createdAt };
}

function toResultClaims({ id, status, result, endedAt }: SessionRecord): Claim[] {
  if (!isEndStatus(status) || result === null) return [];
  const said = { ref: id, kind: "result" as const, author: id, evidence: [], votes: [], at: endedAt ?? 0 };
  return toStatements(result.text).map((text) => ({ ...said, text }));
}
