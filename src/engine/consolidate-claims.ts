import type { SessionRecord } from "../core/session.ts";
import { type Consolidation, consolidate } from "../core/triangulation/consolidate.ts";
import { toConsolidationText } from "../core/triangulation/consolidation-text.ts";
import type { Actor } from "../mailbox/actor.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createFindingsDesk, toAuthorName } from "./findings-desk.ts";
import { type Gathered, gatherClaims } from "./gather-claims.ts";

/** What is consolidated: findings and results of these sessions; of none: all findings that the actor may see. */
export interface Consolidating {
  sessions: readonly SessionRecord[];
  /** So many votes decide; left out: half of those who could have voted, at least one. */
  quorum?: number | undefined;
}

export interface Consolidated extends Consolidation, Pick<Gathered, "missing"> {
  /** The whole for people and models. */
  text: string;
  quorum: number;
  nameOf: (author: string) => string;
}

/** One ranked answer, without any model. */
export async function consolidateClaims(
  parts: Pick<EngineParts, "store" | "clock">,
  from: Actor,
  { sessions, quorum: wanted }: Consolidating,
): Promise<Consolidated> {
  const roots = sessions.length === 0 ? undefined : [...new Set(sessions.map(({ rootId }) => rootId))];
  const findings = await createFindingsDesk(parts).list(from, roots);
  const gathered = await gatherClaims(parts.store, findings, sessions);
  const quorum = wanted ?? Math.max(1, Math.ceil((gathered.panel - 1) / 2));
  const consolidation = consolidate(gathered.claims, quorum);
  const names = await readNames(parts, gathered);
  const nameOf = (author: string): string => names.get(author) ?? toAuthorName({ id: author });
  const { missing } = gathered;
  return {
    ...consolidation,
    missing,
    quorum,
    nameOf,
    text: toConsolidationText(consolidation, { nameOf, missing }),
  };
}

async function readNames(
  { store }: Pick<EngineParts, "store">,
  { claims, missing }: Gathered,
): Promise<Map<string, string>> {
  const ids = new Set([...claims.map(({ author }) => author), ...missing.map(({ id }) => id)]);
  const pairs = [...ids].map(async (id): Promise<[string, string]> => {
    const known = (await store.getSession(id)) ?? (await store.getPeer(id));
    return [id, toAuthorName(known ?? { id })];
  });
  return new Map(await Promise.all(pairs));
}
